package purity

import (
	"go/types"
	"strings"
)

// knowledge is what is known of a package of the standard library.
type knowledge struct {
	// pure names the functions, variables and types (with their methods) that are
	// pure, separated by spaces; `*` means all but those of impure.
	pure string
	// impure says of names, or of `Type.Method`s, why they are not.
	impure map[string]string
	// because says why the rest is not pure.
	because string
}

const (
	readsClock  = "reads the clock"
	waits       = "waits for the clock"
	localZone   = "depends on the time zone of the machine"
	draws       = "draws random numbers"
	system      = "reaches the operating system"
	readsFiles  = "reads or writes files"
	usesNetwork = "uses the network"
	anyOrder    = "gives the entries of a map in any order"
	shares      = "shares state between goroutines"
	seeded      = "has another seed in every process"
	runtimeOwn  = "tells about the running process"
	reflects    = "can look at and change anything"
	unknown     = "is not known to be pure"
)

// standard is the allow-list. A package that is not in it is not pure, nor is a
// name that its entry leaves out. Text and time that is formatted, numbers,
// collections, encodings and checksums are pure; what is pure with a stream
// (io, bufio, fmt.Fprint) is as pure as the stream, which has to come from
// somewhere that is looked at too.
var standard = map[string]knowledge{
	// Text.
	"bytes":            {pure: "*"},
	"fmt":              {pure: "Append Appendf Appendln Errorf Fprint Fprintf Fprintln FormatString Formatter GoStringer Sprint Sprintf Sprintln Sscan Sscanf Sscanln State Stringer", because: "reads or writes a stream of the process"},
	"regexp":           {pure: "*"},
	"regexp/syntax":    {pure: "*"},
	"strconv":          {pure: "*"},
	"strings":          {pure: "*"},
	"text/scanner":     {pure: "*"},
	"text/tabwriter":   {pure: "*"},
	"unicode":          {pure: "*"},
	"unicode/utf16":    {pure: "*"},
	"unicode/utf8":     {pure: "*"},
	"html":             {pure: "*"},
	"go/token":         {pure: "IsIdentifier IsKeyword IsExported"},
	"mime":             {pure: "FormatMediaType ParseMediaType WordDecoder WordEncoder QEncoding BEncoding", because: readsFiles},
	"net/mail":         {pure: "*"},
	"net/netip":        {pure: "*"},
	"net/textproto":    {pure: "CanonicalMIMEHeaderKey MIMEHeader TrimBytes TrimString", because: usesNetwork},
	"net/url":          {pure: "*"},
	"path":             {pure: "*"},
	"encoding":         {pure: "*"},
	"encoding/ascii85": {pure: "*"},
	"encoding/base32":  {pure: "*"},
	"encoding/base64":  {pure: "*"},
	"encoding/binary":  {pure: "*", impure: map[string]string{"NativeEndian": "depends on the machine"}},
	"encoding/csv":     {pure: "*"},
	"encoding/hex":     {pure: "*"},
	"encoding/json":    {pure: "*"},
	"encoding/pem":     {pure: "*"},
	"encoding/xml":     {pure: "*"},
	"compress/flate":   {pure: "*"},
	"compress/gzip":    {pure: "*"},
	"compress/zlib":    {pure: "*"},

	// Numbers.
	"math":       {pure: "*"},
	"math/bits":  {pure: "*"},
	"math/cmplx": {pure: "*"},
	"math/big":   {pure: "*", impure: map[string]string{"Int.Rand": draws}},
	// A source with a seed of one's own gives the same numbers everywhere; the
	// functions of the package draw from one that is seeded at random.
	"math/rand/v2": {pure: "NewPCG PCG NewChaCha8 ChaCha8 New Rand Source NewZipf Zipf", because: draws},
	"math/rand":    {because: draws},
	"crypto/rand":  {because: draws},

	// Time: arithmetic and layouts. A parsed time is the same moment everywhere.
	"time": {pure: "*", impure: map[string]string{
		"Now": readsClock, "Since": readsClock, "Until": readsClock,
		"Sleep": waits, "After": waits, "AfterFunc": waits, "Tick": waits, "NewTimer": waits, "NewTicker": waits, "Timer": waits, "Ticker": waits,
		"Local": localZone, "Time.Local": localZone,
		"Unix": localZone + "; put `.UTC()` behind it", "UnixMilli": localZone + "; put `.UTC()` behind it", "UnixMicro": localZone + "; put `.UTC()` behind it",
		"LoadLocation": "reads the time zones of the machine",
	}},

	// Collections.
	"cmp":               {pure: "*"},
	"container/heap":    {pure: "*"},
	"container/list":    {pure: "*"},
	"container/ring":    {pure: "*"},
	"index/suffixarray": {pure: "*"},
	"iter":              {pure: "Seq Seq2", because: "starts a coroutine"},
	"maps":              {pure: "*", impure: map[string]string{"All": anyOrder, "Keys": anyOrder, "Values": anyOrder}},
	"slices":            {pure: "*"},
	"sort":              {pure: "*"},

	// Checksums.
	"hash":          {pure: "*"},
	"hash/adler32":  {pure: "*"},
	"hash/crc32":    {pure: "*"},
	"hash/crc64":    {pure: "*"},
	"hash/fnv":      {pure: "*"},
	"hash/maphash":  {because: seeded},
	"crypto/hmac":   {pure: "*"},
	"crypto/md5":    {pure: "*"},
	"crypto/sha1":   {pure: "*"},
	"crypto/sha256": {pure: "*"},
	"crypto/sha3":   {pure: "*"},
	"crypto/sha512": {pure: "*"},
	"crypto/subtle": {pure: "*"},

	// Errors, and streams over values.
	"errors": {pure: "*"},
	"bufio":  {pure: "*"},
	"io":     {pure: "*", impure: map[string]string{"Pipe": shares, "PipeReader": shares, "PipeWriter": shares}},
	"embed":  {pure: "*"},

	"reflect": {pure: "DeepEqual", because: reflects},
	"unsafe":  {because: reflects},

	// What expressions of the language are made of. It remembers how types are copied
	// and encoded, which does not show.
	flowPath: {pure: "*"},

	// Known to be impure, with a better reason than none.
	"context":       {because: "depends on what the caller's deadline and cancellation do"},
	"database/sql":  {because: "uses a database"},
	"io/ioutil":     {because: readsFiles},
	"io/fs":         {because: readsFiles},
	"log":           {because: "writes a log"},
	"log/slog":      {because: "writes a log"},
	"net":           {because: usesNetwork},
	"net/http":      {because: usesNetwork},
	"net/smtp":      {because: usesNetwork},
	"os":            {because: system},
	"os/exec":       {because: "starts a process"},
	"os/signal":     {because: system},
	"os/user":       {because: system},
	"path/filepath": {pure: "Base Clean Dir Ext FromSlash IsAbs IsLocal Join Match Rel Split SplitList ToSlash VolumeName", because: readsFiles},
	"runtime":       {because: runtimeOwn},
	"runtime/debug": {because: runtimeOwn},
	"sync":          {because: shares},
	"sync/atomic":   {because: shares},
	"syscall":       {because: system},
	"testing":       {because: runtimeOwn},
	"unique":        {because: shares},
	"weak":          {because: runtimeOwn},
}

// standardRoots are the first elements of the standard library's import paths.
const standardRoots = " archive bufio bytes cmp compress container context crypto database debug embed encoding errors expvar" +
	" flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices" +
	" sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak "

const flowPath = "github.com/durablegen/durablegen/runtime/flow"

// isStandard reports whether a package is judged by the table.
func isStandard(path string) bool {
	if path == flowPath {
		return true
	}
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(standardRoots, " "+first+" ")
}

// standardImpurity says what is impure about a function, method or variable of the
// standard library.
func standardImpurity(obj types.Object) (why string, impure bool) {
	k, ok := standard[obj.Pkg().Path()]
	if !ok {
		return unknown, true
	}
	name, method := obj.Name(), ""
	if fn, ok := obj.(*types.Func); ok {
		if recv := receiver(fn); recv != "" {
			name, method = recv, recv+"."+fn.Name()
		}
	}
	for _, n := range []string{method, name} {
		if why := k.impure[n]; n != "" && why != "" && (method == "" || n == method || !sameNameIsFunc(obj, n)) {
			return why, true
		}
	}
	if listed(k.pure, name) {
		return "", false
	}
	if k.because == "" {
		return unknown, true
	}
	return k.because, true
}

// sameNameIsFunc reports whether a name of an object's package is a function's, so
// that what is said of it does not concern a type.
func sameNameIsFunc(obj types.Object, name string) bool {
	_, ok := obj.Pkg().Scope().Lookup(name).(*types.Func)
	return ok
}

// receiver gives the name of the type that a method belongs to; "" for a function.
func receiver(fn *types.Func) string {
	recv := fn.Signature().Recv()
	if recv == nil {
		return ""
	}
	t := types.Unalias(recv.Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	if named, ok := t.(*types.Named); ok {
		return named.Obj().Name()
	}
	return "interface"
}

// changesFirst are the functions of the standard library that change what their
// first argument refers to.
var changesFirst = map[string]string{
	"slices":         "Sort SortFunc SortStableFunc Reverse Insert Delete DeleteFunc Compact CompactFunc Replace Grow AppendSeq",
	"sort":           "Sort Stable Slice SliceStable Ints Strings Float64s",
	"maps":           "Copy DeleteFunc Insert",
	"container/heap": "Init Push Pop Remove Fix",
}

// readers are methods of the standard library that change nothing that shows, though
// their receivers are pointers; `*` means all of a type.
var readers = map[string]string{
	"bytes.Buffer":             "Available Cap Len String",
	"bytes.Reader":             "Len Size",
	"container/list.Element":   "Next Prev",
	"container/list.List":      "Back Front Len",
	"encoding/base32.Encoding": "*",
	"encoding/base64.Encoding": "*",
	"math/big.Float": "Acc AppendText Cmp Float32 Float64 Format GobEncode Int64 IsInf IsInt MarshalText MinPrec Mode Prec Sign Signbit String " +
		"Text Uint64",
	"math/big.Int": "AppendText Bit BitLen Bytes Cmp CmpAbs Float64 Format GobEncode Int64 IsInt64 IsUint64 MarshalJSON MarshalText " +
		"ProbablyPrime Sign String Text TrailingZeroBits Uint64",
	"math/big.Rat": "AppendText Cmp Float32 Float64 FloatPrec FloatString GobEncode IsInt MarshalText RatString Sign String",
	"net/url.URL": "AppendBinary EscapedFragment EscapedPath Hostname IsAbs JoinPath MarshalBinary Parse Port Query Redacted RequestURI " +
		"ResolveReference String",
	"regexp.Regexp":    "*",
	"strings.Builder":  "Cap Len String",
	"strings.Reader":   "Len Size",
	"strings.Replacer": "*",
	"time.Location":    "*",
}

// changesOther are the methods of the standard library that change what some of
// their arguments refer to, with the first and the last of these.
var changesOther = map[string][2]int{
	"math/big.Float.Int":     {1, 1},
	"math/big.Float.MantExp": {1, 1},
	"math/big.Float.Rat":     {1, 1},
	"math/big.Int.Append":    {1, 1},
	"math/big.Int.DivMod":    {3, 3},
	"math/big.Int.FillBytes": {1, 1},
	"math/big.Int.GCD":       {1, 2},
	"math/big.Int.QuoRem":    {3, 3},
}

func listed(names, name string) bool {
	return names == "*" || strings.Contains(" "+names+" ", " "+name+" ")
}

// standardChanges reports whether a function of the standard library changes what
// its i-th argument refers to, the receiver counted as the first. Where nothing is
// known of a method with a pointer receiver, it does.
func standardChanges(fn *types.Func, i int) bool {
	path := fn.Pkg().Path()
	if recv := fn.Signature().Recv(); recv != nil {
		owner := path + "." + receiver(fn)
		if i > 0 {
			args := changesOther[owner+"."+fn.Name()]
			return i >= args[0] && i <= args[1]
		}
		if types.IsInterface(recv.Type()) {
			return fn.Name() != "Error"
		}
		if _, pointer := types.Unalias(recv.Type()).(*types.Pointer); !pointer {
			return false
		}
		return !listed(readers[owner], fn.Name())
	}
	switch {
	case path == "encoding/json" && fn.Name() == "Unmarshal", path == "encoding/xml" && fn.Name() == "Unmarshal", path == flowPath && fn.Name() == "Decode":
		return i == 1
	case i == 0:
		return listed(changesFirst[path], fn.Name())
	}
	return false
}

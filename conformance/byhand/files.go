package byhand

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/durablegen/durablegen/runtime/durable"
)

// FilesVariable names the environment variable with the folder for payloads that
// are kept outside of the record. It has to outlive processes and be the same for
// all of them.
const FilesVariable = "DURABLEGEN_CONFORMANCE_FILES"

// reference is what the record has in place of a payload that lies in a file.
type reference struct {
	Version int            `json:"__durable_execution_filesystem_serdes"`
	ARN     string         `json:"ownerDurableExecutionArn"`
	Entity  string         `json:"ownerEntityId"` // the operation, or "execution"
	Type    string         `json:"payloadType"`
	Digest  string         `json:"payloadDigest"` // SHA-256 of the file
	File    string         `json:"file"`          // below the folder
	Preview map[string]any `json:"preview"`
}

// filed keeps every payload in a new file, and records where it lies, whose it is,
// and of its members those named in preview.
type filed struct {
	asJSON
	preview []string
}

func (s filed) Serialize(v any, at durable.SerdesInfo) (string, error) {
	text, err := s.asJSON.Serialize(v, at)
	if err != nil {
		return "", err
	}
	ref := reference{Version: 1, ARN: at.ExecutionARN, Entity: cmp.Or(at.OperationID, "execution"), Type: "UTF8",
		Digest: digest(text), Preview: map[string]any{"payloadKind": "OUTPUT"}}
	if at.OperationID != "" {
		ref.Preview["payloadKind"], ref.Preview["operationName"] = "RESULT", at.Name
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return "", err
	}
	for _, name := range s.preview {
		if member, ok := members[name]; ok {
			ref.Preview[name] = member
		}
	}
	if ref.File, err = keep(text); err != nil {
		return "", err
	}
	return s.asJSON.Serialize(ref, at)
}

func (s filed) Deserialize(text string, v any, at durable.SerdesInfo) error {
	var ref reference
	if err := json.Unmarshal([]byte(text), &ref); err != nil || ref.Version == 0 {
		return s.asJSON.Deserialize(text, v, at) // the input, which the caller wrote
	}
	if ref.Version != 1 || ref.Type != "UTF8" {
		return fmt.Errorf("payload of version %d and type %q", ref.Version, ref.Type)
	}
	if entity := cmp.Or(at.OperationID, "execution"); ref.ARN != at.ExecutionARN || ref.Entity != entity {
		return fmt.Errorf("the payload is that of %s in %s, not of %s in %s", ref.Entity, ref.ARN, entity, at.ExecutionARN)
	}
	if !filepath.IsLocal(ref.File) {
		return fmt.Errorf("the payload's file %q lies elsewhere", ref.File)
	}
	content, err := os.ReadFile(filepath.Join(folder(), ref.File))
	if err != nil {
		return err
	}
	if got := digest(string(content)); got != ref.Digest {
		return fmt.Errorf("%s has SHA-256 %s, not %s", ref.File, got, ref.Digest)
	}
	return s.asJSON.Deserialize(string(content), v, at)
}

func folder() string {
	return cmp.Or(os.Getenv(FilesVariable), filepath.Join(os.TempDir(), "durablegen-conformance-files"))
}

// keep writes a new file and returns once it would survive a power cut.
func keep(text string) (name string, err error) {
	if err := os.MkdirAll(folder(), 0o700); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(folder(), "payload-*.json")
	if err != nil {
		return "", err
	}
	_, err = file.WriteString(text)
	return filepath.Base(file.Name()), errors.Join(err, file.Sync(), file.Close())
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

type stored struct {
	ID     string `json:"id"`
	Value  string `json:"value"`
	Length int    `json:"length"`
}

type verified struct {
	ID       string `json:"id"`
	Length   int    `json:"length"`
	Checksum string `json:"checksum"`
}

var (
	storeSpec       = &durable.StepSpec{Name: "store-payload"}
	filedReplaySpec = &durable.WaitSpec{Name: "force-filesystem-replay"}
	verifySpec      = &durable.StepSpec{Name: "verify-payload"}
)

func files() []*durable.Function {
	// Payloads in files, read again after a replay.
	roundTrip := requirement("13-1", func(ctx *durable.Context, in stored) (verified, error) {
		payload, err := durable.Step(ctx, storeSpec, func(context.Context) (stored, error) {
			in.Length = len(in.Value)
			return in, nil
		})
		if err != nil {
			return verified{}, err
		}
		if err := durable.Wait(ctx, filedReplaySpec, time.Second); err != nil {
			return verified{}, err
		}
		return durable.Step(ctx, verifySpec, func(context.Context) (verified, error) {
			return verified{payload.ID, len(payload.Value), digest(payload.Value)}, nil
		})
	})
	return []*durable.Function{
		roundTrip.With(func(def *durable.Definition) {
			def.Serdes = filed{preview: []string{"id", "length", "checksum"}}
		}),
	}
}

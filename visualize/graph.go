package visualize

import (
	"github.com/durablegen/durablegen/dsl"
)

// Graph is everything that a workflow can do: a tree of nodes, and the edges
// along which control passes between them.
//
// A node that has an inner life (a group, a batch, a branch, a select, a loop, a try,
// an undo of several operations) is a frame: it holds its nodes. Edges never cross the
// border of a frame: it is entered at its Starts, and left as a whole, by success or by
// an error. A `break`, `continue` or `yield` that leaves several frames is a node in
// each of them, and an edge with that word from one to the next. So a graph has no
// circles: what is done again stands in a frame that says so.
type Graph struct {
	Workflow *dsl.WorkflowDecl
	// Nodes are the outermost nodes in source order; the first one is the start.
	Nodes []*Node
	// Edges are in the order in which they were met; of the edges that leave one
	// node, the one that goes on comes first, error paths after it.
	Edges []*Edge

	byID  map[string]*Node
	arms  map[arm]span
	loose []*Edge // that lead nowhere: where a branch of one operation, or the catch of an undo, ends
}

// Node is a statement of the workflow.
type Node struct {
	// ID is stable text. That of an operation is its path, as the service knows it
	// but for the marks of turns and items: names joined by "-", bytes other than
	// ASCII letters and digits as "_" and two hex digits; an undo's ID ends in "_u".
	// All other nodes have a "." in theirs, which operations never have.
	ID   string
	Kind Kind
	// Keyword and Name are the title: `callback` and `askRestaurant`. Lead is the
	// name of the branch, if the node is a whole branch of a parallel.
	Lead, Keyword, Name string
	// Notes is the small print that matters when reading the workflow: when it
	// gives up, how often it tries again. More is the rest: what is so by default.
	Notes, More []string
	// Doc is the first sentence of the declaration's comment.
	Doc string
	// Op is the operation; nil for nodes that are none.
	Op dsl.Operation
	// Target is the workflow that a call leads to.
	Target *dsl.WorkflowDecl
	// Pos is the place of the statement.
	Pos dsl.Pos
	// Caught says of a `fail` that a `try` around it catches its error.
	Caught bool

	// Parent is the frame around the node; nil for the outermost ones.
	Parent *Node
	// Frame says that the node is a frame; Nodes are what it holds, and Starts the
	// IDs of those at which it begins: one for each branch.
	Frame  bool
	Nodes  []*Node
	Starts []string
	// Folded counts the operations of a frame that is drawn elsewhere.
	Folded int
	// Undoes is, of a node at which a scope may fail, the IDs of the undos that may
	// run then, later ones first.
	Undoes []string

	at      int              // how many nodes were made before it
	stmt    dsl.Node         // the statement; nil for nodes that stand for none, and for operations
	exprs   []dsl.Expr       // that are computed at a node that is no operation
	errors  []*dsl.ErrorType // of an end where errors leave that nobody catches: which
	endless bool             // its inside always fails
	dropped bool             // of an undo: wherever its scope succeeds, a commit has dropped it
	lines   []line           // what a view shows in it instead of nodes of their own
}

// Kind tells what a node is.
type Kind int

const (
	Start    Kind = iota // of the workflow
	Step                 // step
	Callback             // callback, open, await: somebody outside answers
	Invoke               // another Lambda function
	Call                 // another workflow of the package
	Wait                 // time passes
	Poll                 // asked again and again
	Group                // frames from here to Try
	Parallel             //
	Branch               // of a parallel
	Map                  //
	Select               //
	Loop                 // for, while: a frame that is entered again and again
	Try                  // a frame whose errors are caught together
	Undo                 // takes an operation back; a frame if it is a block
	Decision             // if, switch
	Plain                // statements that the service never sees: log, assignments, yield
	Jump                 // break, continue, yield: leaves the frame by the edge with this word
	Return               // ends the workflow
	Again                // ends the execution: the workflow goes on as a new one
	Fail                 // fails the scope: a `fail`, or errors that nobody catches
	Commit               // what the scope has registered for undo above is dropped
	End                  // where the body of a frame ends
)

var kindNames = [...]string{"start", "step", "callback", "invoke", "call", "wait", "poll", "group", "parallel", "branch", "map",
	"select", "loop", "try", "undo", "decision", "plain", "jump", "return", "again", "fail", "commit", "end"}

func (k Kind) String() string { return kindNames[k] }

// Edge is a way that control can take.
type Edge struct {
	From, To string // IDs of nodes
	Kind     EdgeKind
	Label    string
	// Ways tells for which of the ways out of its statement the edge stands: of an `if`
	// 0 is the first block; of a switch, a select, or catches, their index, and what
	// follows the last one for `else` and for errors that nobody catches.
	Ways []int

	of []way // of an edge that is drawn: what it stands for
}

// EdgeKind tells why control takes an edge.
type EdgeKind int

const (
	Flow     EdgeKind = iota // after success, or a decision
	Error                    // from an operation that failed to its catch, or to the end of all
	TakeBack                 // from an undo to the operation that it takes back
)

var edgeNames = [...]string{"flow", "error", "undo"}

func (k EdgeKind) String() string { return edgeNames[k] }

// Node finds a node by its ID; nil if there is none.
func (g *Graph) Node(id string) *Node { return g.byID[id] }

// Walk calls visit for every node, frames before what they hold, in source order.
func (g *Graph) Walk(visit func(*Node)) { walk(g.Nodes, visit) }

func walk(nodes []*Node, visit func(*Node)) {
	for _, n := range nodes {
		visit(n)
		walk(n.Nodes, visit)
	}
}

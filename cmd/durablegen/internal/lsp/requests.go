package lsp

import (
	"context"
	"encoding/json"
	"slices"
)

// requests is what the client may ask. Each takes what it needs of the present state and gives
// the function that answers.
var requests = map[string]func(*server, json.RawMessage) (answering, error){
	"textDocument/codeAction":           about((*view).codeActions),
	"textDocument/formatting":           about((*view).formatting),
	"textDocument/rangeFormatting":      about((*view).rangeFormatting),
	"textDocument/onTypeFormatting":     about((*view).onTypeFormatting),
	"textDocument/documentSymbol":       about((*view).documentSymbols),
	"textDocument/foldingRange":         about((*view).foldingRanges),
	"textDocument/selectionRange":       about((*view).selectionRanges),
	"textDocument/documentHighlight":    about((*view).highlights),
	"textDocument/semanticTokens/full":  about((*view).semanticTokens),
	"textDocument/semanticTokens/range": about((*view).semanticTokens),
	"textDocument/definition":           navigating((*view).definition, (*goView).definition),
	"textDocument/implementation":       navigating((*view).implementation, (*goView).definition),
	"textDocument/references":           navigating((*view).references, (*goView).references),
	"textDocument/codeLens":             about((*view).codeLenses),
	"codeLens/resolve":                  about((*view).resolveLens),
	"workspace/executeCommand":          (*server).executeCommand,
	"textDocument/inlayHint":            about((*view).inlayHints),
	"textDocument/prepareCallHierarchy": about((*view).prepareCalls),
	"callHierarchy/incomingCalls":       about((*view).incomingCalls),
	"callHierarchy/outgoingCalls":       about((*view).outgoingCalls),
	"textDocument/prepareRename":        about((*view).prepareRename),
	"textDocument/rename":               about((*view).rename),
	"textDocument/hover":                about((*view).hover),
	"textDocument/signatureHelp":        about((*view).signatureHelp),
	"textDocument/completion":           about((*view).completion),
	"durablegen/diagram":                about((*view).diagram),
	"durablegen/executions":             (*server).executions,
	"workspace/symbol": func(s *server, raw json.RawMessage) (answering, error) {
		var p struct {
			Query string `json:"query"`
		}
		err := decode(raw, &p)
		return func(ctx context.Context) (any, error) { return s.workspaceSymbols(ctx, p.Query) }, err
	},
}

// capabilities says to clients what they may ask.
func capabilities(enc encoding) map[string]any {
	return map[string]any{
		"positionEncoding":           enc,
		"textDocumentSync":           map[string]any{"openClose": true, "change": 2, "save": map[string]any{}},
		"codeActionProvider":         map[string]any{"codeActionKinds": []string{kindQuickFix, kindFixAll, kindExtract}},
		"documentFormattingProvider": true, "documentRangeFormattingProvider": true,
		"documentOnTypeFormattingProvider": map[string]any{"firstTriggerCharacter": "}"},
		"documentSymbolProvider":           true, "workspaceSymbolProvider": true,
		"foldingRangeProvider": true, "selectionRangeProvider": true, "documentHighlightProvider": true,
		"definitionProvider": true, "implementationProvider": true, "referencesProvider": true, "hoverProvider": true,
		"renameProvider":         map[string]any{"prepareProvider": true},
		"codeLensProvider":       map[string]any{"resolveProvider": true},
		"executeCommandProvider": map[string]any{"commands": []string{showChanges, showCost}},
		"inlayHintProvider":      true,
		"callHierarchyProvider":  true,
		"signatureHelpProvider":  map[string]any{"triggerCharacters": []string{"(", ","}},
		"completionProvider":     map[string]any{"triggerCharacters": []string{"."}},
		"semanticTokensProvider": map[string]any{
			"legend": map[string]any{"tokenTypes": tokenTypes, "tokenModifiers": tokenModifiers}, "full": true, "range": true,
		},
		"workspace": map[string]any{"workspaceFolders": map[string]any{"supported": true, "changeNotifications": true}},
	}
}

func (s *server) initialize(raw json.RawMessage) (answering, error) {
	var p initializeParams
	if err := decode(raw, &p); err != nil {
		return nil, err
	}
	if slices.Contains(p.Capabilities.General.PositionEncodings, string(utf8Units)) {
		s.w.enc = utf8Units
	}
	s.w.setRoots(p.WorkspaceFolders, nil, p.RootURI)
	s.mu.Lock()
	s.snippets = p.Capabilities.TextDocument.Completion.CompletionItem.SnippetSupport
	s.state, s.watches = working, p.Capabilities.Workspace.DidChangeWatchedFiles.DynamicRegistration
	s.mu.Unlock()
	result := initializeResult{capabilities(s.w.enc), serverInfo{"durablegen", s.opts.Version}}
	return func(context.Context) (any, error) { return result, nil }, nil
}

// initialized asks the client to tell of files that change beside it.
func (s *server) initialized(json.RawMessage) error {
	s.mu.Lock()
	watches := s.watches
	s.mu.Unlock()
	if !watches {
		return nil
	}
	var watchers []map[string]string
	for _, glob := range []string{"**/*.flow", "**/*.go", "**/go.mod", "**/go.sum", "**/go.work"} {
		watchers = append(watchers, map[string]string{"globPattern": glob})
	}
	go func() {
		s.complain(s.conn.Call(s.ctx, "client/registerCapability", map[string]any{"registrations": []any{map[string]any{
			"id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": map[string]any{"watchers": watchers},
		}}}, nil))
	}()
	return nil
}

// view is a text that a request is about, in its package, as they were when the request came.
type view struct {
	*server
	*snapshot
	doc *document
}

// positioned is the parameters of a request that is about a text.
type positioned interface{ uri() string }

// about makes a request of a method of the text that it is about. A text that is not open, or
// no Flow, has no answer.
func about[P any, R any](f func(*view, context.Context, *P) (R, error)) func(*server, json.RawMessage) (answering, error) {
	return func(s *server, raw json.RawMessage) (answering, error) {
		p := new(P)
		if err := decode(raw, p); err != nil {
			return nil, err
		}
		snapshot, doc := s.w.snapshotOf(any(p).(positioned).uri())
		if snapshot == nil {
			return func(context.Context) (any, error) { return nil, nil }, nil
		}
		v := &view{s, snapshot, doc}
		return func(ctx context.Context) (any, error) { return f(v, ctx, p) }, nil
	}
}

package dsl

// Resolve is [Check] for a text that is read and not approved, such as an earlier version
// that rules of today refuse. It gives the program in spite of errors that leave no doubt
// what a name stands for, what type a value has, and by what an operation is found: a
// missing timeout, an error that nobody catches. A workflow that has another error, or
// calls one that has, is among [Program.Unclear]. The program is nil if such an error
// stands outside of all workflows, or if a file did not parse; it is the first of the
// diagnostics for which [Code.Hides] is true.
func Resolve(set *SourceSet, files []*File, opts CheckOptions) (*Program, Diagnostics) {
	p, ds := check(set, files, opts)
	for _, f := range files {
		if f.Broken {
			return nil, ds
		}
	}
	p.Unclear = map[*WorkflowDecl]Diagnostic{}
	for _, d := range ds {
		if d.Severity != Error || !d.Code.Hides() {
			continue
		}
		w := p.workflowAt(d.Span)
		if w == nil {
			return nil, ds
		}
		if _, known := p.Unclear[w]; !known {
			p.Unclear[w] = d
		}
	}
	for again := len(p.Unclear) > 0; again; {
		again = false
		for _, w := range p.Workflows {
			again = p.unclearByCalls(w) || again
		}
	}
	return p, ds
}

// unclearByCalls enters a workflow that calls one which is not clear, and reports whether it
// has.
func (p *Program) unclearByCalls(w *WorkflowDecl) bool {
	if _, known := p.Unclear[w]; known {
		return false
	}
	Inspect(w, func(n Node) bool {
		if call, ok := n.(*CallOp); ok && call.Decl != nil {
			if d, unclear := p.Unclear[call.Decl]; unclear {
				p.Unclear[w] = d
			}
		}
		return true
	})
	_, found := p.Unclear[w]
	return found
}

// workflowAt gives the workflow in whose body a place is, nil for one elsewhere.
func (p *Program) workflowAt(at Span) *WorkflowDecl {
	for _, w := range p.Workflows {
		if w.Body != nil && w.Body.Start <= at.Start && at.End <= w.Body.End {
			return w
		}
	}
	return nil
}

// Hides reports whether an error of the code leaves something unknown: what a name stands
// for, the type of a value, or by what an operation is found. All others are judgements on
// a program that is understood.
func (c Code) Hides() bool {
	switch c {
	case codeUnusedVariable, codeUnusedImport, codeNeverAbsent, codeOutOfRange, codeOverflow, codeDivisionByZero, codeEmptyEnum,
		codeUnassigned, codeUnreachable, codeMissingReturn, codeMissingYield, codeReadOnly, codeEndlessLoop, codeNotExhaustive,
		codeDuplicateCase, codeEmptyTry, codeEmptyCommit,
		codeUncaught, codeNeverRaised, codeBuiltinFails, codeCatchOrder, codeCatchUndefined,
		codeBadTarget, codeNoTimeout, codeLimit, codeSubSecond, codeOutlasts, codeAtMostOnceRetry, codeRepetition,
		codePollBlind, codeNeverAwaited, codeEmptyBatch, codeSelectCase, codeSelectElse, codeBadUndo,
		codeRecursiveWorkflow, codeBadDefault, codeBadFormat, ReservedName:
		return false
	}
	return true
}

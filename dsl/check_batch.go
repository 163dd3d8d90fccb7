package dsl

// Operations that run several others: parallel, map and select.

func (c *checker) parallelOp(op *ParallelOp) (Type, bool) {
	c.useClauses(op, 0)
	c.limits(op, &op.Limits, len(op.Branches))
	if len(op.Branches) == 0 && !c.incomplete(op.Span) {
		c.errorf(codeEmptyBatch, op.Keyword, "this `parallel` has no branches").help("write at least one: `name: step s(…)`")
	}
	record := &Record{Parallel: op}
	outcome := &Outcome{Parallel: op}
	names := map[string]*Branch{}
	known := true
	for _, b := range op.Branches {
		t := c.branchOf(op, b)
		if t == nil && (b.Op != nil && b.Op.Base().Result == nil && calleeHasResult(b.Op) || b.failed) {
			known = false
		}
		if b.Name == nil || b.Name.Text == "" {
			continue
		}
		if before := names[b.Name.Text]; before != nil {
			c.errorf(codeDuplicateName, b.Name.Span, "two branches have the name `%s`", b.Name.Text).note(before.Name.Span, "the first one")
			continue
		}
		names[b.Name.Text] = b
		c.legalName(op, b.Name.Text, b.Name.Span, false)
		if op.Settled {
			if findField(batchCounts[:firstCounts], b.Name.Text) != nil {
				c.errorf(codeDuplicateName, b.Name.Span, "a branch of a settled parallel can't be named `%s`: its outcome has a field of that name", b.Name.Text).
					help("choose another name")
				continue
			}
			b.outcome = &ItemOutcome{Item: t, Fields: outcomeFields(t)}
			outcome.Fields = append(outcome.Fields, &FieldEntry{Name: b.Name.Text, JSON: b.Name.Text, Type: b.outcome})
			continue
		}
		if t == nil {
			continue
		}
		if !isNilExpr(op.Min) || !isNilExpr(op.Tolerate) {
			t = optional(t)
		}
		record.Fields = append(record.Fields, &FieldEntry{Name: b.Name.Text, JSON: b.Name.Text, Type: t})
	}
	if op.Settled {
		for _, count := range batchCounts {
			if findField(outcome.Fields, count.Name) == nil {
				outcome.Fields = append(outcome.Fields, count)
			}
		}
		return outcome, true
	}
	if len(record.Fields) == 0 {
		return nil, known
	}
	return record, true
}

// calleeHasResult: the declaration gives a type, wrong as it may be.
func calleeHasResult(op Operation) bool {
	about := op.about()
	_, isAwait := op.(*AwaitOp)
	if about.decl == nil {
		return about.calls || isAwait
	}
	return signatureOf(about.decl).Result != nil
}

func (c *checker) branchOf(op *ParallelOp, b *Branch) Type {
	name := nameText(b.Name)
	b.Inner = c.innerScope(b, op.Identity, name)
	done := c.inBody(branchBody, b.Inner, "branch `"+name+"`", func(inner *body) {
		if b.Op == nil {
			c.block(b.Body)
			return
		}
		if t := c.operation(b.Op, opUse{name: b.Name, dropped: true, mustLeave: "yield"}); t != nil {
			inner.yields = append([]yielded{{typ: t, at: b.Op.Range()}}, inner.yields...)
			if what := staysInside(t); what != "" {
				c.errorf(codeMisplaced, b.Op.Base().Keyword, "%s can't be the value of a branch", what).
					help("write a block, and yield the values in it that are needed")
				inner.yields = nil
			}
		}
		if !c.flow.dead() {
			c.flow.leave()
		}
	})
	block := b.Body
	if block == nil {
		block = &Block{Span: b.Span}
	}
	if !isNilExpr(op.Min) {
		c.abandoned = append(c.abandoned, abandonCheck{scope: b.Inner, where: "a batch with `min`"})
	}
	b.Result = c.yieldType(done.body, block, done.dead)
	b.failed = b.Result == nil && len(done.yields) > 0
	return b.Result
}

// batchCounts are the fields that every outcome of a batch has. Those behind firstCounts
// came after the first edition: a branch may have their names, and hides them.
var batchCounts = []*FieldEntry{
	{Name: "reason", JSON: "reason", Type: CompletionReason},
	{Name: "succeeded", JSON: "succeeded", Type: Int},
	{Name: "failed", JSON: "failed", Type: Int},
	{Name: "started", JSON: "started", Type: Int},
	{Name: "total", JSON: "total", Type: Int},
	{Name: "count", JSON: "count", Type: Int},
	{Name: "begun", JSON: "begun", Type: Int},
	{Name: "notStarted", JSON: "notStarted", Type: Int},
}

const firstCounts = 5

// outcomeFields are the fields of the outcome of one item with a value of type t.
func outcomeFields(t Type) []*FieldEntry {
	fields := []*FieldEntry{
		{Name: "index", JSON: "index", Type: Int},
		{Name: "name", JSON: "name", Type: String},
		{Name: "status", JSON: "status", Type: ItemStatus},
		{Name: "error", JSON: "error", Type: &Optional{Elem: Failure}},
	}
	if t != nil {
		fields = append(fields, &FieldEntry{Name: "value", JSON: "value", Type: optional(t)})
	}
	return fields
}

func (c *checker) mapOp(op *MapOp) (Type, bool) {
	c.useClauses(op, 0)
	t := c.expr(op.List, nil)
	var elem Type
	switch u := underlying(t).(type) {
	case nil:
	case *List:
		elem = u.Elem
	case *Optional:
		c.absent(op.List)
	case *Map:
		c.errorf(codeWrongType, op.List.Range(), "`map` goes through a list, not through a `%s`", t).
			help("go through its keys: `map key in keys(%s)`", shorten(c.text(op.List.Range())))
	default:
		c.errorf(codeWrongType, op.List.Range(), "`map` goes through a list, not through a `%s`", t)
	}
	c.limits(op, &op.Limits, -1)
	op.Inner = c.innerScope(op, op.Identity)
	done := c.inBody(itemBody, op.Inner, "an item of `map`", func(*body) {
		op.ItemVar = c.declare(op.Item, elem, nil)
		c.stmts(op.Body)
	})
	if !isNilExpr(op.Min) {
		c.abandoned = append(c.abandoned, abandonCheck{scope: op.Inner, where: "a batch with `min`"})
	}
	op.ItemResult = c.yieldType(done.body, op.Body, done.dead)
	item := op.ItemResult
	if op.Settled {
		op.outcome = &ItemOutcome{Item: item, Fields: outcomeFields(item)}
		fields := append([]*FieldEntry{{Name: "items", JSON: "items", Type: &List{Elem: op.outcome}}}, batchCounts...)
		return &Outcome{Item: item, Fields: fields}, true
	}
	if item == nil {
		return nil, len(done.yields) == 0
	}
	if !isNilExpr(op.Min) || !isNilExpr(op.Tolerate) {
		item = optional(item)
	}
	return &List{Elem: item}, true
}

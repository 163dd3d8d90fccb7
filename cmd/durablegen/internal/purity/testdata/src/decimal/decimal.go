package decimal // want package:`examined`

// This package is made as the well-known package of this name: numbers behind
// pointers, constants among the package's variables, results that share nothing.

import "math/big"

var (
	zeroInt = big.NewInt(0)
	oneInt  = big.NewInt(1)
	tenInt  = big.NewInt(10)
	// one is handed out as it is.
	one     = Decimal{oneInt, 0}
	scratch = big.NewInt(0) // want scratch:`is changed by Decimal.reuse`
)

type Decimal struct {
	value *big.Int
	exp   int32
}

func (d Decimal) getValue() *big.Int {
	if d.value == nil {
		return zeroInt
	}
	return d.value
}

func (d Decimal) Sign() int { return d.getValue().Sign() }

func (d Decimal) IsZero() bool { return d.Sign() == 0 }

func (d Decimal) rescale(exp int32) Decimal {
	if d.exp == exp {
		return Decimal{new(big.Int).Set(d.getValue()), d.exp}
	}
	value := new(big.Int)
	if exp > d.exp {
		value.Quo(d.getValue(), new(big.Int).Exp(tenInt, big.NewInt(int64(exp-d.exp)), nil))
	} else {
		value.Mul(d.getValue(), new(big.Int).Exp(tenInt, big.NewInt(int64(d.exp-exp)), nil))
	}
	return Decimal{value: value, exp: exp}
}

func (d Decimal) Add(e Decimal) Decimal {
	exp := min(d.exp, e.exp)
	return Decimal{new(big.Int).Add(d.rescale(exp).value, e.rescale(exp).getValue()), exp}
}

func (d Decimal) Round(places int32) Decimal {
	ret := d.rescale(-places - 1)
	ret.value.Add(ret.value, oneInt)
	ret.value.Quo(ret.value, tenInt)
	ret.exp++
	return ret
}

func (d Decimal) Halve() Decimal {
	var q, r big.Int
	q.QuoRem(d.getValue(), big.NewInt(2), &r)
	if r.Cmp(oneInt) == 0 {
		q.Add(&q, oneInt)
	}
	return Decimal{&q, d.exp}
}

func (d Decimal) Exp() Decimal {
	if d.IsZero() {
		return Decimal{oneInt, 0}.Round(2)
	}
	return one
}

func (d Decimal) String() string { return d.getValue().String() }

func (d Decimal) reuse() int { // want reuse:`changes the variable scratch`
	return scratch.Add(scratch, d.getValue()).Sign()
}

func (d Decimal) remainder() int { // want remainder:`changes the variable scratch`
	new(big.Int).QuoRem(d.getValue(), tenInt, scratch)
	return 1
}

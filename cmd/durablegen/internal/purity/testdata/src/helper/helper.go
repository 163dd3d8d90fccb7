package helper // want package:`examined`

// This package is what the fixtures call across packages.

import "time"

type Shape interface{ Area() float64 }

type Square struct{ Side float64 }

func (s Square) Area() float64 { return s.Side * s.Side }

type Growing struct{ Since time.Time }

func (g Growing) Area() float64 { // want Area:`calls time.Since, which reads the clock`
	return time.Since(g.Since).Seconds()
}

func Total(shapes []Shape) float64 {
	sum := 0.0
	for _, s := range shapes {
		sum += s.Area()
	}
	return sum
}

func Map[T, U any](list []T, f func(T) U) []U {
	var out []U
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

func Sum[S Shape](list []S) float64 {
	sum := 0.0
	for _, s := range list {
		sum += s.Area()
	}
	return sum
}

func Stamp() string { return stamp(0) } // want Stamp:`calls stamp, which calls time.Now, which reads the clock`

func stamp(int) string { return time.Now().String() } // want stamp:`calls time.Now`

func Fill(list []int, v int) { // want Fill:`changes 0`
	for i := range list {
		list[i] = v
	}
}

// Package e2e holds workflows that use every construct of the language, and runs
// what is generated from them: undisturbed, and with a crash at every checkpoint.
package e2e

// mirror fails for one text, to show what becomes of a panic in a pure function.
func mirror(text string) string {
	if text == "" {
		panic("an empty mirror")
	}
	runes := []rune(text)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return string(runes)
}

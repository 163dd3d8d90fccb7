package onboarding

//go:generate go run ../../cmd/durablegen generate

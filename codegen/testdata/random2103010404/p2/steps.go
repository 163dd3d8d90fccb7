package random

import (
	"context"
	"errors"
)

// App does what the steps of the workflows say. Put what they need into its fields:
// clients, a database.
type App struct{}

var _ Steps = (*App)(nil)

// NewApp makes an App.
func NewApp() *App {
	return &App{}
}

func (app *App) Act(ctx context.Context, n int) (int, error) {
	return 0, errors.New("step act is not written yet: App.Act in steps.go")
}

func (app *App) Text(ctx context.Context, s string) (string, error) {
	return "", errors.New("step text is not written yet: App.Text in steps.go")
}

func (app *App) Load(ctx context.Context, s string) (Item, error) {
	return Item{}, errors.New("step load is not written yet: App.Load in steps.go")
}

func (app *App) List(ctx context.Context, item Item, n int) ([]string, error) {
	return nil, errors.New("step list is not written yet: App.List in steps.go")
}

func (app *App) Quiet(ctx context.Context, s string) error {
	return errors.New("step quiet is not written yet: App.Quiet in steps.go")
}

func (app *App) Ask(ctx context.Context, callbackID string, s string) error {
	return errors.New("callback ask is not written yet: App.Ask in steps.go")
}

func score(item Item, n int) float64 {
	panic("func score is not written yet: see steps.go")
}

package console

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzActions sends bodies to everything that a page can do: each is answered in JSON,
// and none with an error of the server's own.
func FuzzActions(f *testing.F) {
	fixture := serve(f)
	fixture.start("order", "first", "500")
	fixture.idle()
	arn := fixture.find("first").ARN
	fixture.engine.Advance(time.Hour)
	fixture.idle()
	quoted, _ := json.Marshal(arn)
	actions := []string{"check", "start", "stop", "pause", "resume", "delete", "callback", "skip"}
	for i := range actions {
		for _, body := range []string{
			`{"function": "order", "name": "second", "input": "5"}`,
			`{"function": "order", "name": "a/b\u202e", "input": "5"}`,
			`{"function": "many:$LATEST", "input": "0,"}`,
			`{"function": "", "name": "first", "input": "\ud800"}`,
			`{"ARN": ` + string(quoted) + `, "Operation": "approve", "Action": "heartbeat"}`,
			`{"ARN": ` + string(quoted) + `, "Operation": "approve_c", "Action": "succeed", "Value": "{\"granted\": 1}"}`,
			`{"ARN": ` + string(quoted) + `, "Operation": "approve_c", "Action": "fail", "Type": "Refused", "Data": "{"}`,
			`{"ARN": "arn:aws:lambda", "Operation": "x", "Action": "reveal"}`,
			`null`, `[]`, `{"function": null}`, `{"input": 3}`, "", "\xff",
		} {
			f.Add(byte(i), []byte(body))
		}
	}
	routes := fixture.routes()
	f.Fuzz(func(t *testing.T, action byte, body []byte) {
		path := "/api/" + actions[int(action)%len(actions)]
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(string(body))))
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer == nil || w.Code >= 500 || w.Code >= 400 && answer["error"] == "" {
			t.Errorf("%s of %q: %d %s", path, body, w.Code, w.Body)
		}
	})
}

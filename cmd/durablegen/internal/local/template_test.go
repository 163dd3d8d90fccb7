package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTemplate(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "orders", "cmd", "bootstrap")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("template.yaml", "of another module")
	write("orders/go.mod", "module orders")
	if limits, path, err := Template(dir); limits != nil || path != "" || err != nil {
		t.Errorf("without a template: %v, %s, %v", limits, path, err)
	}
	write("orders/template.yml", `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {ReservedConcurrentExecutions: 7}
Resources:
  Fulfil:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fulfilOrder
      Handler: fulfil
      AutoPublishAlias: live
      Timeout: 60
      Role: !GetAtt Role.Arn
  Plain:
    Type: AWS::Lambda::Function
    Properties: {Handler: plain, ReservedConcurrentExecutions: 2, FunctionName: !Sub "${Stack}-plain"}
  Computed:
    Type: AWS::Serverless::Function
    Properties: {Handler: computed, Timeout: !Ref Seconds}
  Role:
    Type: AWS::IAM::Role
    Properties: {Timeout: 5, Handler: role}
  Strange:
    Type: AWS::Serverless::Function
    Properties: !Include other.yaml
`)
	limits, path, err := Template(dir)
	if err != nil || path != filepath.Join(root, "orders", "template.yml") {
		t.Fatal(path, err)
	}
	want := map[string]Deployed{
		"fulfilOrder": {Limits{time.Minute, 7}, "live"}, "fulfil": {Limits{time.Minute, 7}, "live"},
		"plain": {Limits{3 * time.Second, 2}, ""}, "computed": {Limits{0, 7}, ""},
	}
	if len(limits) != len(want) {
		t.Errorf("%v, want %v", limits, want)
	}
	for name, l := range want {
		if limits[name] != l {
			t.Errorf("%s: %v, want %v", name, limits[name], l)
		}
	}
	write("orders/template.yml", "Resources: [")
	if _, _, err := Template(dir); err == nil || !strings.Contains(err.Error(), "template.yml: can't be read: ") {
		t.Error(err)
	}
}

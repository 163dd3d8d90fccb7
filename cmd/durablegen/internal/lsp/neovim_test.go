package lsp

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// neovimTalk is what a person does in Neovim: it opens a file, sees what is wrong, has it
// mended, asks, renames and lays the file out.
const neovimTalk = `
local function say(what, text) io.stdout:write(what .. ": " .. tostring(text) .. "\n") end
local function await(what, f) if not vim.wait(60000, f, 10) then error("there is no " .. what) end end
local function ask(method, params)
  for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/" .. method, params, 60000) or error(method)) do
    if answer.error then error(method .. ": " .. answer.error.message) end
    return answer.result
  end
  error("nobody answers " .. method)
end
local function at(text)
  vim.fn.cursor(1, 1)
  vim.fn.search(text)
  return vim.lsp.util.make_position_params(0, "utf-16")
end
local ok, problem = pcall(function()
  vim.o.swapfile = false
  vim.cmd("edit greet.flow")
  await("problem", function() return #vim.diagnostic.get(0) == 1 end)
  say("problem", vim.diagnostic.get(0)[1].message)
  local p = at("sned")
  p.range = { start = p.position, ["end"] = p.position }
  p.context = { diagnostics = {} }
  for _, action in ipairs(ask("codeAction", p)) do
    if action.isPreferred then
      say("action", action.title)
      vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
    end
  end
  await("end of the problem", function() return #vim.diagnostic.get(0) == 0 end)
  say("hover", vim.split(ask("hover", at("send(to")).contents.value, "\n")[2])
  say("definition", ask("definition", at("send(to"))[1].range.start.line)
  p = at("send(to")
  p.newName = "post"
  vim.lsp.util.apply_workspace_edit(ask("rename", p), "utf-16")
  p = vim.lsp.util.make_formatting_params({})
  vim.lsp.util.apply_text_edits(ask("formatting", p), 0, "utf-16")
  local labels = {}
  for _, item in ipairs(ask("completion", at("address(name)\n")).items) do labels[#labels + 1] = item.label end
  say("completion", table.concat(labels, " "))
  say("text", "\n" .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, true), "\n"))
end)
if not ok then say("failed", problem) end
vim.cmd("qa!")
`

// Neovim, set up as the page says, works with the server.
func TestNeovim(t *testing.T) {
	nvim, err := exec.LookPath("nvim")
	if err != nil {
		t.Skip("there is no nvim here")
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "editors.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, setup, _ := strings.Cut(string(page), "```lua\n")
	setup, _, ok := strings.Cut(setup, "```")
	if !ok {
		t.Fatal("docs/editors.md has no lines for Neovim")
	}
	text := strings.NewReplacer("step send(to", "step   sned(to", "Hello", "Grüße 🎉").Replace(greet)
	dir := files(t, map[string]string{
		"greet.flow": text, "init.lua": setup, "talk.lua": neovimTalk,
		"bin/durablegen": "#!/bin/sh\nDURABLEGEN_TEST_SERVER=plain exec " + os.Args[0] + "\n",
	})
	if err := os.Chmod(filepath.Join(dir, "bin", "durablegen"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(nvim, "--headless", "-u", "init.lua", "-c", "luafile talk.lua")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(dir, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"), "XDG_STATE_HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
	want := []string{
		"problem: unknown step `sned`", "action: write `send`", "hover: step send(address string, text string)", "definition: 6\n", "completion: ",
		"\nstep post(address string, text string)  idempotent\n", "\n    step post(to, \"Grüße 🎉 {name}\") was \"send\"\n",
	}
	for _, w := range want {
		if !strings.Contains(out.String(), w) {
			t.Errorf("Neovim does not see %q:\n%s%s", w, out.String(), log.String())
		}
	}
}

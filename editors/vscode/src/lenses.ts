// What stands above a workflow beside what the server says of it: the commands of this extension.

export interface Lens { line: number; title: string; command: string; workflow: string }

const commands = [['▷ run', 'durablegen.run'], ['diagram', 'durablegen.showDiagram'], ['executions', 'durablegen.chooseExecution']];

// lensesOf gives the lenses of a text.
export function lensesOf(text: string): Lens[] {
  return text.split('\n').flatMap((content, line) => {
    const workflow = /^workflow\s+([\p{L}_][\p{L}\d_]*)/u.exec(content)?.[1];
    return workflow ? commands.map(([title, command]) => ({ line, title, command, workflow })) : [];
  });
}

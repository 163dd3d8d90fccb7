// The page beside the text. The extension says what it shows; it says what somebody does here.
import {Diagram, theme} from './diagram.mjs';
import {clean, h, replace, setText} from './dom.mjs';

const editor = acquireVsCodeApi();
const say = (message) => editor.postMessage(message);
const part = (id) => document.getElementById(id);
const [workflow, detail, main, why, run, choose, forget] = ['workflow', 'detail', 'main', 'why', 'run', 'choose', 'forget'].map(part);

let diagram;

theme.isDark = () => getComputedStyle(document.documentElement).colorScheme === 'dark';
new MutationObserver(() => diagram?.draw()).observe(document.body, {attributes: true, attributeFilter: ['class']});
new ResizeObserver(() => diagram?.svg && diagram.fit()).observe(main);

const heard = {
  diagram({result, execution, detail: level}) {
    detail.value = level;
    setText(choose, execution ? name(execution) : 'Execution…');
    forget.hidden = !execution;
    setText(why, result.why && diagram ? `${result.why}; this is how it was before` : '');
    why.title = why.textContent;
    main.classList.toggle('stale', Boolean(result.why && diagram));
    if (!result.drawing) {
      if (!diagram) setText(part('empty'), result.why);
      return;
    }
    if (workflow.dataset.names !== result.workflows.join()) {
      workflow.dataset.names = result.workflows.join();
      replace(workflow, result.workflows.map((name) => h('option', {value: name}, name)));
    }
    workflow.value = result.workflow;
    run.hidden = !result.run;
    setText(run, result.run?.why ?? result.run?.sentence);
    const drawing = {...result.drawing};
    if (!diagram) {
      diagram = new Diagram(drawing, (id) => say({kind: 'open', id}));
      replace(main, diagram.element);
    }
    const laid = result.run && !result.run.why;
    Object.assign(diagram, {looks: laid ? result.run.looks : {}, edges: laid ? result.run.edges : null});
    diagram.update(drawing);
  },
  light({id}) {
    const element = diagram?.light(id);
    if (element && !seen(element)) diagram.centre(element, matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth');
  },
};

// name shows an execution as FUNCTION/NAME.
function name(arn) {
  const m = /:function:([^:/]+)(?::[^/]+)?\/durable-execution\/([^/]+)/.exec(arn);
  return clean(m ? `${m[1]}/${m[2]}` : arn);
}

function seen(element) {
  const at = element.getBoundingClientRect(), view = diagram.element.getBoundingClientRect();
  return at.bottom > view.top && at.top < view.bottom && at.right > view.left && at.left < view.right;
}

const zoom = (by) => diagram?.setZoom(by && Math.min(3, Math.max(0.2, diagram.scale * by)));
workflow.addEventListener('change', () => say({kind: 'workflow', name: workflow.value}));
detail.addEventListener('change', () => say({kind: 'detail', detail: detail.value}));
choose.addEventListener('click', () => say({kind: 'choose'}));
forget.addEventListener('click', () => say({kind: 'forget'}));
part('smaller').addEventListener('click', () => zoom(1 / 1.2));
part('larger').addEventListener('click', () => zoom(1.2));
part('fit').addEventListener('click', () => zoom(0));
window.addEventListener('message', ({data}) => heard[data?.kind]?.(data));
say({kind: 'ready'});

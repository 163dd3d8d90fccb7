// Measures a diagram as it stands in a page: what is too small, too pale, or hidden.

// measure gives what is wrong with a drawn diagram, in words, and its smallest text.
function measure(host, ground) {
  const problems = [];
  const svg = host.querySelector('svg');
  const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const box = (e) => e.getBoundingClientRect();
  const text = (e) => e.textContent.replace(/[\s\u200b]+/g, ' ').trim();
  const meet = (a, b, slack) => a.left < b.right - slack && b.left < a.right - slack && a.top < b.bottom - slack && b.top < a.bottom - slack;

  let smallest = Infinity;
  const leaves = [...host.querySelectorAll('foreignObject *, text, tspan')].filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
  for (const e of leaves) smallest = Math.min(smallest, parseFloat(getComputedStyle(e).fontSize) * scale);

  const nodes = [...host.querySelectorAll('g.node')].filter((n) => text(n)).map((n) => ({element: n, box: box(n), text: text(n), label: box(n.querySelector('.nodeLabel') || n)}));
  const titles = [...host.querySelectorAll('g.cluster .cluster-label')].filter((n) => text(n)).map((n) => ({box: box(n.querySelector('.nodeLabel') || n), text: text(n)}));
  const labels = [...host.querySelectorAll('g.edgeLabel')].filter((n) => text(n)).map((n) => ({element: n, box: box(n), text: text(n)}));
  const frames = [...host.querySelectorAll('g.cluster')].map((n) => ({element: n, box: box(n.querySelector('rect') || n), text: text(n)}));

  const all = [...nodes.map((n) => ['node', n]), ...labels.map((n) => ['label', n]), ...titles.map((n) => ['title', n])];
  all.forEach(([kindA, a], i) => all.slice(i + 1).forEach(([kindB, b]) => {
    const slack = (kindA === 'title' || kindB === 'title') ? 4 * scale : 2 * scale;
    if (meet(a.box, b.box, slack)) problems.push(`the ${kindA} “${a.text}” and the ${kindB} “${b.text}” overlap`);
  }));
  for (const t of titles) {
    const frame = frames.find((f) => f.text === t.text);
    if (frame && (t.box.left < frame.box.left - 1 || t.box.right > frame.box.right + 1)) problems.push(`the title “${t.text}” is wider than its frame`);
  }

  // No edge runs through the text of a node at which it neither begins nor ends.
  const near = (b, p) => p.x > b.left - 6 && p.x < b.right + 6 && p.y > b.top - 6 && p.y < b.bottom + 6;
  const texts = [...nodes, ...titles.map((t) => ({...t, label: t.box}))];
  for (const path of host.querySelectorAll('path.flowchart-link')) {
    const around = box(path), crossed = texts.filter((n) => meet(n.label, around, 0));
    if (!crossed.length) continue;
    const length = path.getTotalLength(), screen = path.getScreenCTM();
    const points = Array.from({length: Math.ceil(length / 3) + 1}, (_, i) => path.getPointAtLength(Math.min(length, 3 * i)).matrixTransform(screen));
    for (const n of crossed) {
      if (near(n.box, points[0]) || near(n.box, points.at(-1))) continue;
      if (points.some((p) => p.x > n.label.left && p.x < n.label.right && p.y > n.label.top + 3 * scale && p.y < n.label.bottom - 3 * scale)) {
        problems.push(`an edge runs through “${n.text}”`);
      }
    }
  }

  for (const n of nodes) {
    const grounds = frames.filter((f) => n.box.left >= f.box.left - 1 && n.box.right <= f.box.right + 1 && n.box.top >= f.box.top - 1 && n.box.bottom <= f.box.bottom + 1)
      .sort((a, b) => b.box.width * b.box.height - a.box.width * a.box.height).map((f) => fill(f.element)).concat([fill(n.element)]);
    const label = n.element.querySelector('.nodeLabel');
    if (!label) continue;
    const under = grounds.reduce(over, ground);
    let opacity = 1;
    for (let e = label; e && e !== host; e = e.parentElement) opacity *= parseFloat(getComputedStyle(e).opacity);
    const ink = over(under, [...rgba(getComputedStyle(label).color).slice(0, 3), rgba(getComputedStyle(label).color)[3] * opacity]);
    const contrast = ratio(under, ink);
    if (contrast < 4.5) problems.push(`the text of “${n.text}” has a contrast of ${contrast.toFixed(2)}`);
  }
  return {Problems: problems, Smallest: smallest === Infinity ? 99 : smallest};
}

const rgba = (color) => {
  const n = (color.match(/[\d.]+/g) || []).map(Number);
  return color === 'none' || color === 'transparent' || n.length < 3 ? [0, 0, 0, 0] : [n[0], n[1], n[2], n[3] ?? 1];
};
const fill = (element) => rgba(getComputedStyle(element.querySelector('rect, polygon, path, circle') || element).fill);
const over = (under, [r, g, b, a]) => [r * a + under[0] * (1 - a), g * a + under[1] * (1 - a), b * a + under[2] * (1 - a), 1];
const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
  const v = c[i] / 255;
  return sum + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
}, 0);
const ratio = (a, b) => {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
};

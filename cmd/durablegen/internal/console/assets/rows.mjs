// A list of rows of one height, of which only those in sight exist. It is one stop for
// the Tab key; the arrow keys move in it.
import {h} from './dom.mjs';

let lists = 0;

export class Rows {
  // draw(item, index) gives the row's element; open(item) is called when one is chosen.
  constructor({label, height = 28, draw, open, tallest = 18}) {
    Object.assign(this, {height, draw, open, tallest, items: [], active: -1, id: `rows-${++lists}`, drawn: new Map()});
    this.space = h('div', {class: 'space', role: 'presentation'});
    this.element = h('div', {class: 'rows', tabindex: 0, role: 'listbox', 'aria-label': label, onscroll: () => this.paint(), onkeydown: (e) => this.key(e), onclick: (e) => this.click(e)}, this.space);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.element);
  }

  // set shows other items; those that changed are drawn anew.
  set(items, changed = () => true) {
    const atEnd = this.stick && (this.items.length === 0 || this.element.scrollTop + this.element.clientHeight >= this.space.offsetHeight - 4);
    for (const [index, row] of this.drawn) {
      if (index >= items.length || row.item !== items[index] || changed(items[index])) {
        row.element.remove();
        this.drawn.delete(index);
      }
    }
    this.items = items;
    this.space.style.height = `${items.length * this.height}px`;
    this.element.style.height = `${Math.min(Math.max(items.length, 1), this.tallest) * this.height + 2}px`;
    this.paint();
    if (atEnd) this.element.scrollTop = this.element.scrollHeight;
  }

  paint() {
    const top = this.element.scrollTop, first = Math.max(0, Math.floor(top / this.height) - 6);
    const last = Math.min(this.items.length, Math.ceil((top + this.element.clientHeight) / this.height) + 6);
    for (const [index, row] of this.drawn) {
      if (index < first || index >= last) {
        row.element.remove();
        this.drawn.delete(index);
      }
    }
    for (let i = first; i < last; i++) {
      if (this.drawn.has(i)) continue;
      const element = this.draw(this.items[i], i);
      element.classList.add('row');
      element.id = `${this.id}-${i}`;
      element.setAttribute('role', 'option');
      element.setAttribute('aria-setsize', this.items.length);
      element.setAttribute('aria-posinset', i + 1);
      element.setAttribute('aria-selected', String(i === this.active));
      element.style.transform = `translateY(${i * this.height}px)`;
      element.style.height = `${this.height}px`;
      this.space.append(element);
      this.drawn.set(i, {element, item: this.items[i]});
    }
  }

  // go makes a row the active one and brings it into sight.
  go(index) {
    if (this.items.length === 0) return;
    index = Math.max(0, Math.min(index, this.items.length - 1));
    this.drawn.get(this.active)?.element.setAttribute('aria-selected', 'false');
    this.active = index;
    const top = index * this.height, view = this.element;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + this.height > view.scrollTop + view.clientHeight) view.scrollTop = top + this.height - view.clientHeight;
    this.paint();
    this.drawn.get(index)?.element.setAttribute('aria-selected', 'true');
    view.setAttribute('aria-activedescendant', `${this.id}-${index}`);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const to = {ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page, Home: 0, End: this.items.length - 1}[event.key];
    if (to !== undefined) this.go(to);
    else if (event.key === 'Enter' && this.items[this.active]) this.open?.(this.items[this.active]);
    else return;
    event.preventDefault();
  }

  click(event) {
    const row = event.target.closest('.row');
    if (!row || window.getSelection().toString()) return;
    this.go(Number(row.id.slice(this.id.length + 1)));
    this.open?.(this.items[this.active]);
  }

  close() { this.observer.disconnect(); }
}

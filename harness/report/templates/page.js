"use strict";
// The page's data, as harness/report/page.py writes it; TEXT is a number in D.texts.
//   targets      [name, family, standing, reason]
//   outcomes     [name, sign, standing]          kinds [name, whether it is a finding]
//   rows         [scenario TEXT, variant TEXT, step TEXT, script TEXT, command on TARGET TEXT, [cell or -1 for each target], axis]
//   cells        [outcome, reason TEXT, mean, baseline, difference, ulp, noise, error TEXT, oracle TEXT, means TEXT]
//   comparisons  [before, after, [change], [cause], [source]]
//   change       [kind, scenario TEXT, subject TEXT, variants TEXT, place of its cause or -1]
//   cause        [title, knowledge, effect, release, place of its known change or -1]
//   source       [names TEXT, unified diff TEXT, number of lines that are left out]
//   histories    [name, why, [[family, [stretch]]]]
//   stretch      [first, last, length, what TEXT, calls TEXT, body TEXT, [[kind, before TEXT, after TEXT]]]
const D = JSON.parse(document.getElementById("data").textContent);
// a text of several lines is stored as the numbers of its lines
function text(number) {
  if (Array.isArray(D.texts[number])) D.texts[number] = D.texts[number].map(text).join("\n");
  return D.texts[number];
}
const byId = (id) => document.getElementById(id);
const place = new Map(D.targets.map(([name], at) => [name, at]));

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.startsWith("aria")) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const slug = (name) => name.replaceAll(" ", "-");
const short = (value, length = 300) => (value.length > length ? `${value.slice(0, length - 1)}…` : value);

// --- theme and age ---

function setUpTheme() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const show = () => { byId("theme").textContent = isDark() ? "Light" : "Dark"; };
  byId("theme").onclick = () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* not stored */ }
    show();
  };
  dark.addEventListener("change", show);
  byId("theme").hidden = false;
  show();
}

function showAge() {
  if (!D.span) return;
  const minutes = Math.round((Date.now() - new Date(D.span[1])) / 60000);
  const [count, unit] = minutes < 120 ? [minutes, "minute"] : minutes < 2880
    ? [Math.round(minutes / 60), "hour"] : [Math.round(minutes / 1440), "day"];
  byId("age").textContent = minutes < 1 ? ", just now" : `, ${counted(count, unit)} ago`;
  byId("stale").hidden = minutes < 1440 * D.staleAfter;
}

// --- the matrix ---

const filters = { q: "", scenario: "", outcome: "", from: "", to: "", only: "" };
const groups = [];  // {scenario, variant, steps: [row], body, opened: whether the reader opened it}
const stepKey = (scenario, step) => `${scenario}\u0000${step}`;
const previous = new Map();  // for each target the target that it is compared with
const findings = [];  // {comparison: [before, after], number: its place, change, cause}
const arrivals = new Map();  // by scenario, variant and step the findings by the target at which they arrive
D.comparisons.forEach(([before, after, changes, causes], number) => {
  previous.set(place.get(after), place.get(before));
  for (const change of changes.filter(([kind]) => D.kinds[kind][1])) {
    const [, scenario, subject, variants, cause] = change;
    const finding = { comparison: [before, after], number, change, cause: causes[cause], at: cause };
    findings.push(finding);
    if (!place.has(after)) continue;
    for (const variant of text(variants).split(", ")) {
      const label = `${text(scenario) || "internals"} ${variant}`.trim();
      for (const key of [stepKey(label, text(subject)), label]) {
        if (!arrivals.has(key)) arrivals.set(key, new Map());
        const its = arrivals.get(key);
        if (!its.has(place.get(after))) its.set(place.get(after), []);
        its.get(place.get(after)).push(finding);
      }
    }
  }
});
const labelOf = (group) => `${group.scenario} ${group.variant}`.trim();
function arrivalsOf(group, row) {
  const label = labelOf(group);
  return arrivals.get(row ? stepKey(label, text(row[2])) : label) ?? new Map();
}

function setUpMatrix() {
  const grid = byId("grid");
  if (!grid) return;
  const found = new Map();
  for (const row of D.rows) {
    const key = `${row[6]} ${row[0]} ${row[1]}`;  // a scenario may have the name of an axis
    if (!found.has(key)) found.set(key, { scenario: text(row[0]), variant: text(row[1]), steps: [], opened: false });
    found.get(key).steps.push(row);
  }
  groups.push(...found.values());
  const names = new Map(D.outcomes.map(([name, sign]) => [sign, name]));
  byId("new").hidden = false;
  for (const body of grid.querySelectorAll("tbody[data-row]")) {
    const group = groups[body.dataset.row];
    group.body = body;
    group.head = body.rows[0];
    const head = group.head.cells[0];
    group.button = make("button", { type: "button", className: "open", "aria-expanded": "false" }, head.textContent);
    group.button.onclick = () => {
      group.opened = group.button.getAttribute("aria-expanded") !== "true";
      unfold(group, group.opened);
      keepTabStop();
    };
    head.replaceChildren(group.button);
    for (const td of [...group.head.cells].slice(1)) {
      const cell = td.firstElementChild;
      if (cell) td.replaceChildren(cellButton(group, null, td.cellIndex - 1, names.get(cell.textContent), cell.textContent));
    }
  }
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("button.cell");
    if (cell) showDetail(...whereIs(cell), cell);
  });
  grid.addEventListener("keydown", moveInGrid);
  grid.addEventListener("focusin", (event) => { if (event.target.matches("button.cell")) stopTabAt(event.target); });
}

// Tab stops at one visible cell, and the arrow keys move from there to all others
const tabStop = () => byId("grid").querySelector("button.cell[tabindex='0']");
function stopTabAt(cell) {
  const last = tabStop();
  if (last) last.tabIndex = -1;
  if (cell) cell.tabIndex = 0;
}
function keepTabStop() {
  const seen = (cell) => !cell.closest("[hidden]");
  const stop = tabStop();
  if (!stop || !seen(stop)) stopTabAt([...byId("grid").querySelectorAll("button.cell")].find(seen));
}

function cellButton(group, row, at, name, sign) {
  const isNew = arrivalsOf(group, row).has(at);
  const step = row ? `, ${short(text(row[2]), 80)}` : "";
  const label = `${D.targets[at][0]}, ${labelOf(group)}${step}: ${name}${isNew ? ", changed" : ""}`;
  const className = `cell o-${slug(name)}${isNew ? " new" : ""}${filters.outcome === name ? " hit" : ""}`;
  const button = make("button", { type: "button", className, tabIndex: -1, "aria-label": label, title: label }, sign);
  button.dataset.outcome = name;
  return button;
}

function whereIs(cell) {
  const tr = cell.closest("tr");
  const group = groups[cell.closest("tbody").dataset.row];
  return [group, cell.closest("td").cellIndex - 1, tr.row ?? null];
}

function moveInGrid(event) {
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  const cell = event.target.closest("button.cell");
  if (!step || !cell) return;
  event.preventDefault();
  const rows = [...byId("grid").tBodies].filter((body) => !body.hidden).flatMap((body) => [...body.rows]);
  let [row, column] = [rows.indexOf(cell.closest("tr")), cell.closest("td").cellIndex];
  for (;;) {
    row += step[0]; column += step[1];
    const td = rows[row]?.cells[column];
    if (row < 0 || row >= rows.length || column < 1 || column > D.targets.length) return;
    const next = td && !td.hidden && td.querySelector("button.cell");
    if (next) { next.focus(); return; }
  }
}

function unfold(group, opened) {
  group.button.setAttribute("aria-expanded", String(opened));
  while (group.body.rows.length > 1) group.body.deleteRow(-1);
  if (opened) group.body.append(...group.kept.map((row) => stepRow(group, row)));
}

function stepRow(group, row) {
  const tr = make("tr", { className: "step" }, make("th", { scope: "row", title: short(text(row[2])) }, short(text(row[2]), 80)));
  tr.row = row;
  row[5].forEach((number, at) => {
    const td = make("td");
    if (D.targets[at][1] !== D.targets[at - 1]?.[1] && at) td.className = "first";
    td.hidden = !shown.has(at);
    if (number >= 0) {
      const [name, sign] = D.outcomes[D.cells[number][0]];
      td.append(cellButton(group, row, at, name, sign));
    }
    tr.append(td);
  });
  return tr;
}

// --- the dialog of a cell ---

const detail = byId("detail");
let opener = null;
let opened = [];  // its content: target, scenario, variant, and the step if a step was selected

function showDetail(group, target, row, from = null) {
  opener = from;
  const [name, , standing, reason] = D.targets[target];
  byId("detail-title").textContent = `${name}: ${group.scenario} ${group.variant}`;
  const rows = (row ? [row] : group.steps).filter((each) => each[5][target] >= 0);
  const body = byId("detail-body");
  body.replaceChildren(make("p", { className: "meta" }, `${name} is ${standing}. ${short(reason)}`));
  for (const each of rows) body.append(stepDetail(each, name, target, rows.length === 1));
  if (!detail.open) detail.showModal();
  opened = [name, group.scenario, group.variant, ...(row ? [text(row[2])] : [])];
  writeHash();
}

function stepDetail(row, name, target, alone) {
  const cell = D.cells[row[5][target]];
  const [outcome, sign] = D.outcomes[cell[0]];
  const summary = make("summary", {}, make("span", { className: `cell o-${slug(outcome)}`, "aria-hidden": "true" }, sign), ` ${short(text(row[2]), 120)}: ${outcome}`);
  const details = make("details", {}, summary);
  const fill = () => { if (details.children.length === 1) details.append(facts(row, cell, name)); };
  details.addEventListener("toggle", fill);
  if (alone) { details.open = true; fill(); }
  return details;
}

function facts(row, cell, name) {
  const [, reason, mean, baseline, difference, ulp, noise, error, oracle, means] = cell;
  const script = text(row[3]);
  const list = make("dl");
  const add = (term, ...value) => {
    if (value.every((part) => part !== null && part !== "")) list.append(make("dt", {}, term), make("dd", {}, ...value));
  };
  const number = (value) => (value === null ? null : typeof value === "string" ? value : String(Number(value.toPrecision(9))));
  add("Why", text(reason));
  add("Mean", number(mean));
  add("Baseline", number(baseline));
  add("Largest difference", difference === null ? null : `${number(difference)}${ulp === null ? "" : ` (${Number(ulp).toPrecision(3)} ULP)`}`);
  add("Noise of its runs", noise === null ? null : `${noise} ULP`);
  add("Oracle", text(oracle));
  add("Means", text(means));
  add("Error", text(error) ? make("pre", { tabIndex: 0 }, text(error)) : null);
  add("Script", script ? make("a", { href: `${D.scripts}/${encodeURIComponent(script)}.py` }, `${script}.py`) : null);
  add("Again", make("code", {}, text(row[4]).replace("TARGET", name)));
  return list;
}

detail.addEventListener("close", () => {
  if (detail.open) return;  // the event is late: another cell may be open by now
  opened = [];
  writeHash();
  // the browser restores the focus itself, and a key may have moved it since
  if (document.activeElement === document.body) opener?.focus();
});
byId("close").onclick = () => detail.close();
detail.addEventListener("click", (event) => {
  const box = detail.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (event.target === detail && !inside) detail.close();
});

// --- causes: of all comparisons, then of each ---

const explains = D.known.map(() => []);  // the findings of each known change
for (const finding of findings) explains[finding.cause[4]]?.push(finding);
const comparisons = [...document.querySelectorAll(".comparison")].map((details) => ({ details, causes: [...details.querySelectorAll(".causes > li")], kept: false }));

const parts = [];  // {body, button, rows, folded: whether the reader folded it}

function fold({ body, button }, folded) {
  body.classList.toggle("folded", folded);
  button.setAttribute("aria-expanded", String(!folded));
}

function setUpChanges() {
  const table = byId("known");
  if (!table) return;
  for (const row of table.querySelectorAll("tr[data-known]")) {
    const button = row.querySelector(".findings");
    button.hidden = false;
    button.onclick = () => {
      const expanded = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!expanded));
      if (expanded) row.nextElementSibling.remove();
      else row.after(make("tr", { className: "found" }, make("td", { colSpan: 4 }, ...findingList(row.dataset.known))));
    };
  }
  [...table.tBodies].forEach((body, at) => {
    const head = body.querySelector(".group th");
    const button = make("button", { type: "button", className: "fold" }, ...head.childNodes);
    const part = { body, button, rows: [...body.querySelectorAll("tr[data-known]")], folded: at > 0 };
    button.onclick = () => { part.folded = !body.classList.contains("folded"); fold(part, part.folded); };
    head.replaceChildren(button);
    parts.push(part);
  });
  const order = byId("order");
  order.hidden = false;
  order.onclick = () => {
    const newest = order.getAttribute("aria-pressed") !== "true";
    order.setAttribute("aria-pressed", String(newest));
    order.textContent = newest ? "worst first" : "newest first";
    for (const { body, rows } of parts) {
      closeFindings(body);
      body.append(...(newest ? rows.toSorted((a, b) => b.dataset.age - a.dataset.age) : rows));
    }
  };
  for (const th of document.querySelectorAll(".strip thead th")) {
    const cells = [...th.parentElement.cells];
    const comparison = D.comparisons.find((each) => each[1] === th.dataset.target);
    if (!place.has(comparison[0]) || !place.has(comparison[1])) continue;  // targets without a column: compared by baselines
    const button = make("button", { type: "button", title: `only ${comparison[0]} to ${comparison[1]}`, "aria-label": th.dataset.target }, cells[th.cellIndex].textContent);
    button.onclick = () => {
      const same = filters.from === comparison[0] && filters.to === comparison[1];
      Object.assign(filters, same ? { from: "", to: "" } : { from: comparison[0], to: comparison[1] });
      toForm(); apply();
    };
    th.replaceChildren(button);
  }
}

function closeFindings(body) {
  for (const row of body.querySelectorAll("tr.found")) row.remove();
  for (const button of body.querySelectorAll(".findings")) button.setAttribute("aria-expanded", "false");
}

// the evidence of a known change at each target where it is a cause
function findingList(known) {
  const found = new Map(explains[known].filter(matchesFilters).map((finding) => [finding.number, finding]));
  return [...found.values()].flatMap(({ comparison, number, at }) => [
    make("strong", {}, comparison[1]), comparisons[number].causes[at].querySelector("ul").cloneNode(true)]);
}

function setUpComparisons() {
  comparisons.forEach(({ details }, at) => {
    const [, , , , sources] = D.comparisons[at];
    details.addEventListener("toggle", () => {
      if (sources.length && !details.querySelector(".sources")) details.append(sourceList(sources));
    });
  });
}

function sourceList(sources) {
  return make("div", { className: "sources" }, ...sources.map(([names, lines, left]) => {
    const source = make("details", {}, make("summary", {}, "another source: ", make("code", {}, short(text(names), 160))));
    source.addEventListener("toggle", () => {
      if (source.children.length === 1) source.append(unified(text(lines)), left ? make("p", { className: "meta" }, `${counted(left, "other line")} of the difference; state-harness diff shows all with --kind body`) : "");
    });
    return source;
  }));
}

function unified(lines) {
  const tags = { "+": "ins", "-": "del" };
  return make("pre", { className: "unified", tabIndex: 0 }, ...lines.split("\n").map((line) => make(tags[line[0]] ?? "span", {}, `${line}\n`)));
}

// --- filters, stored in the address ---

const CELLS = 2500;  // a filter opens the scenarios with at most this number of cells
const NAMES = ["q", "scenario", "outcome", "from", "to"];

let range = new Set();  // the places of the targets in the range
let shown = new Set();  // those of them that the search leaves

// the targets of the range: from its end back, each time to the target that is compared with it
function targetsShown() {
  return new Set([...targetsInRange()].filter((at) => fitsAll(COLUMNS, D.targets[at])));
}
function targetsInRange() {
  const from = filters.from ? place.get(filters.from) : 0;
  const to = filters.to ? place.get(filters.to) : D.targets.length - 1;
  const between = D.targets.map((_, at) => at).filter((at) => at >= from && at <= to);
  if (!filters.from || !filters.to) return new Set(between);
  const way = [];
  for (let at = to; at >= from; at = previous.get(at)) way.push(at);
  const ends = [D.targets[from][1], D.targets[to][1]];
  return new Set(way.at(-1) === from ? way : between.filter((at) => ends.includes(D.targets[at][1])));
}
const ranged = () => Boolean(filters.from || filters.to);
function inRange(before, after) {
  return !ranged() || (range.has(before) && range.has(after));
}
function matchesFilters(finding) {
  const [before, after] = finding.comparison;
  const scenario = text(finding.change[1]) || "internals";
  return inRange(place.get(before), place.get(after)) && (!filters.scenario || scenario === filters.scenario) && found(finding);
}

// --- the search: words, and values of fields ---

const CHANGES = {  // fields of a finding
  target: ({ comparison }) => comparison[1],
  family: ({ comparison }) => familyOf(comparison[1]),
  scenario: ({ change }) => text(change[1]) || "internals",
  step: ({ change }) => text(change[2]),
  kind: ({ change }) => D.kinds[change[0]][0],
  cause: ({ cause }) => cause[0],
  effect: ({ cause }) => cause[2],
  knowledge: ({ cause }) => cause[1],
  since: ({ cause }) => cause[3],
};
const STEPS = {  // fields of a step, and of its cells
  scenario: (group, row) => [group.scenario, text(row[3])],
  step: (group, row) => [text(row[2])],
  outcome: (group, row) => row[5].filter((number, at) => number >= 0 && shown.has(at)).map((number) => D.outcomes[D.cells[number][0]][0]),
};
const COLUMNS = { target: ([name]) => name, family: ([, family]) => family };
const FIELDS = [...new Set([...Object.keys(COLUMNS), ...Object.keys(STEPS), ...Object.keys(CHANGES)])];
const familyOf = (name) => D.targets[place.get(name)]?.[1] ?? "";
let search = { words: [], terms: new Map(), unknown: [] };

function parsed(query) {
  const found = { words: [], terms: new Map(), unknown: [] };
  for (const [term, field, value] of query.matchAll(/(\w+):("[^"]*"?|\S*)|"[^"]*"?|\S+/g)) {
    if (!field) found.words.push(plainly(term));
    else if (!FIELDS.includes(field.toLowerCase())) found.unknown.push(field);
    else if (value) found.terms.set(field.toLowerCase(), [...(found.terms.get(field.toLowerCase()) ?? []), value]);
  }
  return found;
}
const plainly = (value) => value.replaceAll('"', "").toLowerCase();
// whether one of the values is the whole text, if it is in quotes, or else a part of it
const fits = (values, given) => values.some((value) => (value.startsWith('"') ? given.toLowerCase() === plainly(value) : given.toLowerCase().includes(plainly(value))));
const fitsAll = (fields, ...of) => Object.entries(fields).every(([field, read]) => !search.terms.has(field) || [read(...of)].flat().some((given) => fits(search.terms.get(field), given)));

function found(finding) {
  if (!fitsAll(CHANGES, finding)) return false;
  return search.words.length === 0 || search.words.every((word) => wordsOf(finding).includes(word));
}
function wordsOf({ comparison, number, at }) {
  const item = comparisons[number].causes[at];
  item.words ??= `${comparison.join(" ")} ${item.textContent}`.toLowerCase();
  return item.words;
}

// a step is found by its own fields and words, or by a finding that arrives at it
function foundStep(group, row) {
  if (!fitsAll(STEPS, group, row)) return false;
  const own = `${labelOf(group)} ${text(row[2])}`.toLowerCase();
  const ofChanges = ["kind", "cause", "effect", "knowledge", "since"].some((field) => search.terms.has(field));
  if (!ofChanges && search.words.every((word) => own.includes(word))) return true;
  return [...arrivalsOf(group, row).values()].flat().some((finding) => matchesFilters(finding));
}

function setUpFilters() {
  const form = byId("filters");
  form.hidden = false;
  byId("field-names").replaceChildren(...FIELDS.flatMap((field) => [make("code", {}, `${field}:`), " "]));
  form.addEventListener("input", () => {
    for (const name of NAMES) filters[name] = byId(`f-${name}`).value;
    filters.only = byId("f-only").checked ? "changes" : "";
    inOrder();
    toForm();
    apply();
  });
  form.addEventListener("reset", () => { for (const name of Object.keys(filters)) filters[name] = ""; setTimeout(apply); });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", readHash);
  document.addEventListener("click", keepFilter);
  readHash();
}

// a link to a section would replace the filter in the address
function keepFilter(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link || !location.hash.includes("=")) return;
  event.preventDefault();
  const section = byId(link.hash.slice(1));
  section.tabIndex = -1;
  section.focus({ preventScroll: true });
  section.scrollIntoView();
}

function inOrder() {
  if (place.get(filters.from) > place.get(filters.to)) [filters.from, filters.to] = [filters.to, filters.from];
}

function toForm() {
  for (const name of NAMES) byId(`f-${name}`).value = filters[name];
  byId("f-only").checked = Boolean(filters.only);
}

function readHash() {
  const hash = location.hash.slice(1);
  opened = [];
  if (hash && !hash.includes("=")) { detail.close(); return; }  // a section, not a filter
  const given = new URLSearchParams(hash);
  for (const name of Object.keys(filters)) filters[name] = given.get(name) ?? "";
  for (const name of NAMES) {
    const options = byId(`f-${name}`).options && [...byId(`f-${name}`).options].map((option) => option.value);
    if (options && !options.includes(filters[name])) filters[name] = "";
  }
  inOrder();
  toForm();
  const [name, scenario, variant, step] = given.getAll("at");
  const group = groups.find((each) => each.scenario === scenario && each.variant === variant);
  apply();
  if (group && place.has(name)) showDetail(group, place.get(name), group.steps.find((row) => text(row[2]) === step) ?? null);
  else detail.close();
}

function writeHash() {
  const kept = [...Object.entries(filters).filter(([, value]) => value), ...opened.map((part) => ["at", part])];
  const hash = kept.length ? `#${new URLSearchParams(kept)}` : "";
  if (!hash && location.hash && !location.hash.includes("=")) return;
  history.replaceState(null, "", hash || location.pathname + location.search);
}

function apply() {
  search = parsed(filters.q);
  range = targetsInRange();
  shown = targetsShown();
  const changes = applyToChanges();
  const steps = applyToMatrix();
  const filtered = Object.values(filters).some(Boolean);
  const unknown = search.unknown.length ? `There is no field ${search.unknown.join(", ")}; the fields are ${FIELDS.join(", ")}. ` : "";
  byId("f-q").setAttribute("aria-invalid", String(Boolean(unknown)));
  byId("f-status").classList.toggle("stale", Boolean(unknown));
  byId("f-status").textContent = filtered ? `${unknown}${changes}${counted(steps, "step")}` : "";
  writeHash();
}

// a filter on changes unfolds all changes that match
function applyToChanges() {
  const touched = Boolean(filters.scenario || filters.q) || ranged();
  const [left, all] = applyToComparisons(touched);
  for (const part of parts) {
    closeFindings(part.body);
    for (const row of part.rows) {
      const count = explains[row.dataset.known].filter(matchesFilters).length;
      row.hidden = count === 0;
      row.querySelector(".findings").textContent = counted(count, "change");
    }
    const kept = part.rows.filter((row) => !row.hidden).length;
    part.body.hidden = kept === 0;
    part.button.querySelector(".count").textContent = touched ? `${kept} of ${part.rows.length}` : kept;
    fold(part, part.folded && !touched);
  }
  if (byId("known")) byId("known").hidden = parts.every(({ body }) => body.hidden);
  return touched && all ? `${left} of ${counted(all, "cause")}, ` : "";
}

// how many causes a filter leaves, and how many there are; the only comparison that it leaves is open
function applyToComparisons(touched) {
  const kept = new Map();
  for (const { number, at } of findings.filter(matchesFilters)) kept.set(number, (kept.get(number) ?? new Set()).add(at));
  comparisons.forEach(({ details, causes }, number) => {
    details.hidden = touched && !kept.has(number);
    causes.forEach((item, at) => { item.hidden = touched && !kept.get(number)?.has(at); });
    if (touched && kept.size === 1 && kept.has(number)) details.open = true;
  });
  return [[...kept.values()].reduce((sum, its) => sum + its.size, 0), comparisons.reduce((sum, { causes }) => sum + causes.length, 0)];
}

function applyToMatrix() {
  const grid = byId("grid");
  if (!grid) return 0;
  for (const row of grid.rows) {
    if (row.cells.length === D.targets.length + 1) D.targets.forEach((_, at) => { row.cells[at + 1].hidden = !shown.has(at); });
  }
  [...grid.tHead.rows[0].cells].slice(1).forEach((th) => {
    const count = D.targets.filter((target, at) => target[1] === th.dataset.family && shown.has(at)).length;
    th.hidden = count === 0;
    if (count) th.colSpan = count;
  });
  const selective = filters.only || filters.outcome || filters.q;
  let steps = 0;
  for (const group of groups) {
    group.kept = group.steps.filter((row) => keep(group, row));
    group.body.hidden = group.kept.length === 0;
    unfold(group, group.opened || Boolean(selective && group.kept.length * shown.size <= CELLS));
    steps += group.kept.length;
  }
  for (const block of grid.querySelectorAll("tbody.block")) {
    let next = block.nextElementSibling;
    while (next?.hidden) next = next.nextElementSibling;
    block.hidden = !next || next.classList.contains("block");
  }
  grid.classList.toggle("faint", Boolean(filters.outcome));
  for (const cell of grid.querySelectorAll("button.cell")) cell.classList.toggle("hit", cell.dataset.outcome === filters.outcome);
  keepTabStop();
  return steps;
}

function keep(group, row) {
  if (filters.scenario && group.scenario !== filters.scenario && text(row[3]) !== filters.scenario) return false;
  const cells = row[5].filter((number, at) => number >= 0 && shown.has(at)).map((number) => D.outcomes[D.cells[number][0]]);
  if (filters.outcome && !cells.some(([name]) => name === filters.outcome)) return false;
  if (filters.q && !foundStep(group, row)) return false;
  if (!filters.only) return cells.length > 0;
  const quiet = ["unchanged", "not run"];
  return cells.some(([name, , standing]) => !quiet.includes(standing)) || [...arrivalsOf(group, row).keys()].some((at) => inRange(previous.get(at), at));
}

// --- the histories of internals ---

function setUpHistories() {
  const box = byId("histories");
  const drawn = ["tensorflow", "legacy", "keras"];
  const sizes = new Map();
  for (const [, , families] of D.histories) {
    for (const [family, stretches] of families) sizes.set(family, stretches.reduce((sum, s) => sum + s[2], 0));
  }
  const heads = drawn.filter((each) => sizes.has(each)).map((family) => {
    const head = make("span", {}, family);
    head.style.width = `${sizes.get(family) * 0.6}rem`;
    return head;
  });
  if (D.histories.length) box.append(make("div", { className: "histories-head" }, make("span", {}, "internal"), ...heads, make("span", {}, "last change of more than its source")));
  for (const [name, why, families] of D.histories) {
    const summary = make("summary", {}, make("code", {}, name));
    for (const family of drawn.filter((each) => sizes.has(each))) {
      summary.append(timeline(family, families.find((each) => each[0] === family)?.[1] ?? [], sizes.get(family)));
    }
    summary.append(make("span", { className: "quiet" }, lastChange(families)));
    const details = make("details", { className: "history" }, summary);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(make("p", { className: "meta" }, why), ...families.map(([family, stretches]) => stretchTable(name, family, stretches)));
    });
    box.append(details);
  }
}

function lastChange(families) {
  const lasts = families.filter(([family]) => family === "tensorflow" || family === "keras").map(([, stretches]) => {
    const last = stretches.findLast((stretch) => stretch[6].some(([kind]) => D.kinds[kind][1]));
    return last && `${last[0]}: ${last[6].map(([kind]) => D.kinds[kind][0]).join(", ")}`;
  });
  return lasts.filter(Boolean).join("; ");
}

const worstKind = (stretch) => (stretch[6].length ? Math.min(...stretch[6].map(([kind]) => kind)) : null);

function timeline(family, stretches, size) {
  const bar = make("span", { className: "timeline", role: "img", "aria-label": `${family}: ${stretches.map((s) => s[0]).join(", ")}` });
  for (const stretch of stretches) {
    const kind = worstKind(stretch);
    const loud = kind !== null && D.kinds[kind][1];
    const what = stretch[6].map(([k]) => D.kinds[k][0]).join(", ");
    const piece = make("span", { className: `piece${text(stretch[3]) === "absent" ? " absent" : ""}${loud ? " loud" : kind === null ? " same" : ""}`, title: `${stretch[0]}${stretch[2] > 1 ? ` … ${stretch[1]}` : ""}${what ? `: ${what}` : ""}` });
    piece.style.width = `${(100 * stretch[2]) / size}%`;
    bar.append(piece);
  }
  bar.style.width = `${size * 0.6}rem`;
  return bar;
}

function stretchTable(name, family, stretches) {
  const table = make("table", { className: "stretches" }, make("caption", {}, family));
  table.append(make("thead", {}, make("tr", {}, ...["Targets", "Differs in", "What it is", "Look"].map((head) => make("th", { scope: "col" }, head)))));
  const body = make("tbody");
  let at = 0;  // the place of a stretch's first target in its family
  for (const stretch of stretches) {
    const [first, last, length, what, calls, full, changes] = stretch;
    const look = make("td");
    const since = at;
    at += length;
    const row = make("tr", {}, make("th", { scope: "row" }, first === last ? first : `${first} … ${last}`),
      make("td", changes.length ? { "data-label": "Differs in" } : {}, changes.map(([kind]) => D.kinds[kind][0]).join(", ") || "–"), make("td", {}, make("code", {}, short(text(what), 240))), look);
    const offer = (label, build) => {
      const button = make("button", { type: "button", className: "link", "aria-expanded": "false" }, label);
      let below = null;
      button.onclick = () => {
        if (below) { below.remove(); below = null; } else { below = make("tr", {}, make("td", { colSpan: 4 }, ...build())); row.after(below); }
        button.setAttribute("aria-expanded", String(Boolean(below)));
      };
      look.append(button, " ");
    };
    if (changes.length) offer("differences", () => changes.map(([kind, before, after]) => sides(D.kinds[kind][0], text(before), text(after))));
    if (text(calls)) offer("calls", () => [protocol(name, family, since, first)]);
    if (text(full)) offer("in full", () => [make("pre", { tabIndex: 0 }, text(full))]);
    body.append(row);
  }
  table.append(body);
  return table;
}

// --- the calls of an internal: a lane for each function, an arrow for each call ---

// the calls of an internal on the target at a place of a family: [phase, caller, arguments, times]
function callsOf(name, family, at) {
  const stretches = D.histories.find((each) => each[0] === name)?.[2].find((each) => each[0] === family)?.[1] ?? [];
  let end = 0;
  const stretch = stretches.find((each) => (end += each[2]) > at);
  const lines = stretch ? text(stretch[4]).split("\n").filter(Boolean) : [];
  return lines.map((line) => {
    const [, phase, caller, given, times] = /^(.*?): by (.+?) (\(.*\))( \d+ times)?$/s.exec(line) ?? [];
    if (caller) return [phase, caller, given, times ?? ""];
    const [, where, rest] = /^(.*?): (.*)$/s.exec(line) ?? [null, "", line];
    return [where, null, rest, ""];
  });
}

// the chain of callers of a call; it ends where the caller is ambiguous
function leadingTo(call, name, family, at) {
  const [phase, caller, given, times] = call;
  const way = [[caller, name, given, times]];
  for (;;) {
    const last = way[0][0];
    const before = callsOf(last, family, at).filter(([when, from]) => when === phase && from);
    const callers = new Set(before.map(([, from]) => from));
    if (callers.size !== 1 || way.some(([, callee]) => callee === before[0][1])) return way;
    way.unshift([before[0][1], last, before[0][2], ""]);
  }
}

function protocol(name, family, at, first) {
  const phases = new Map();  // the calls of each phase; a call that leads to several calls is there once
  for (const call of callsOf(name, family, at)) {
    if (!phases.has(call[0])) phases.set(call[0], new Map());
    const way = call[1] ? leadingTo(call, name, family, at) : [[null, name, call[2], ""]];
    for (const each of way) phases.get(call[0]).set(JSON.stringify(each), each);
  }
  const alike = new Map();  // phases with the same calls
  for (const [phase, calls] of phases) {
    const key = JSON.stringify([...calls.keys()]);
    if (!alike.has(key)) alike.set(key, [[], [...calls.values()]]);
    alike.get(key)[0].push(phase);
  }
  const lanes = lanesOf([...alike.values()].flatMap(([, calls]) => calls));
  const picture = make("ol", {}, ...[...alike.values()].map(([when, calls]) =>
    make("li", { className: "phase" }, make("strong", {}, when.join("; ")), make("ol", {}, ...calls.map((call) => arrow(lanes, ...call))))));
  // a long name may break after a dot or an underscore
  const heads = lanes.map((lane) => make("code", {}, ...lane.split(/(?<=[._])(?=[a-z])/).flatMap((part) => [part, make("wbr")])));
  const box = make("div", { className: "protocol" }, make("div", { className: "lanes", "aria-hidden": "true" }, ...heads), picture);
  box.style.setProperty("--lanes", lanes.length);
  return make("div", { className: "scroll", role: "region", "aria-label": `Calls of ${name}, from ${first} on`, tabIndex: 0 }, box);
}

// callers to the left of what they call
function lanesOf(calls) {
  const lanes = [];
  for (const [caller, callee] of calls.toReversed()) {
    if (!lanes.includes(callee)) lanes.push(callee);
    if (caller && !lanes.includes(caller)) lanes.splice(lanes.indexOf(callee), 0, caller);
  }
  return lanes;
}

function arrow(lanes, caller, callee, given, times) {
  if (!caller) return make("li", {}, given);
  const [from, to] = [lanes.indexOf(caller), lanes.indexOf(callee)];
  const line = make("span", { className: from > to ? "arrow back" : "arrow" });
  const item = make("li", { className: "call" }, make("span", { className: "spoken" }, `${caller} calls ${callee} with `), make("code", {}, given), times && make("span", { className: "quiet" }, times), line);
  item.style.setProperty("--from", from);
  item.style.setProperty("--to", to);
  return item;
}

function sides(kind, before, after) {
  const table = make("table", { className: "sides" }, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, `${kind}, before`), make("th", { scope: "col" }, "after"))));
  const body = make("tbody");
  for (const [mark, old, now] of aligned(before.split("\n"), after.split("\n"))) {
    const side = (tag, line) => make("td", {}, line === null ? "" : mark === " " ? line : make(tag, {}, line));
    body.append(make("tr", {}, side("del", old), side("ins", now)));
  }
  table.append(body);
  return table;
}

// the lines of two texts side by side; of long equal stretches only the ends
function aligned(a, b) {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] = a[i] === b[j] ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const lines = [];
  let [gone, come] = [[], []];
  const flush = () => {
    for (let k = 0; k < Math.max(gone.length, come.length); k++) lines.push(["±", gone[k] ?? null, come[k] ?? null]);
    [gone, come] = [[], []];
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { flush(); lines.push([" ", a[i++], b[j++]]); }
    else if (j >= b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) gone.push(a[i++]);
    else come.push(b[j++]);
  }
  flush();
  return folded(lines);
}

function folded(lines) {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - 3), at + 4).some(([mark]) => mark !== " "));
  const kept = [];
  for (let at = 0; at < lines.length; at++) {
    if (near[at]) { kept.push(lines[at]); continue; }
    let end = at;
    while (end < lines.length && !near[end]) end++;
    kept.push([" ", `⋯ ${counted(end - at, "equal line")}`, ""]);
    at = end - 1;
  }
  return kept;
}

document.documentElement.classList.add("js");
setUpTheme();
showAge();
setUpMatrix();
setUpChanges();
setUpComparisons();
setUpFilters();
setUpHistories();

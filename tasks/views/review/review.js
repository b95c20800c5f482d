"use strict";
// The page asks its server for articles and tells it decisions. What an article says is only ever set as text.
(async () => {
  const $ = (id) => document.getElementById(id);
  const word = new URLSearchParams(location.search).get("word");
  const NUMBERS = ["value_low", "value", "value_high"];
  const YEARS = ["year_start", "year_end"];
  const CODES = ["spender", "counterparty", "claimant_country"];
  const FIELDS = ["measure", "status", ...NUMBERS, "unit", "qualifier", "spender", "counterparty", ...YEARS, "period_kind", "claimant", "claimant_country", "quoted", "duplicate_of"];
  let index;
  let article = null;
  let chosen = null; // a row of the article, or { reading, at } for one that is missing

  async function ask(path, body) {
    const response = await fetch(path, { method: body ? "POST" : "GET", headers: { "X-Word": word }, body: body && JSON.stringify(body) });
    const answer = await response.json();
    $("fault").hidden = response.ok;
    if (!response.ok) $("fault").textContent = answer.fault;
    return response.ok ? answer : null;
  }

  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children);
    return element;
  }

  const all = () => [...article.rows, ...article.dropped].sort((a, b) => a.amount_start - b.amount_start);
  const open = () => article.rows.filter((row) => !row.reviewed);

  function showIndex() {
    const done = index.articles.filter((each) => each.is_done).length;
    $("progress").textContent = `${done} of ${index.articles.length} articles are done`;
    $("articles").replaceChildren(...index.articles.map((each) => {
      const state = each.is_done ? "done" : each.decided ? "begun" : "";
      const about = [each.published, each.source, `${each.figures} figures`, state].filter(Boolean).join(" · ");
      const is = article && article.article_id === each.article_id;
      return make("li", {}, make("button", { type: "button", "aria-current": String(Boolean(is)), onclick: () => choose(each.article_id) }, each.title, make("small", {}, about)));
    }));
  }

  async function choose(id) {
    const found = await ask(`/article?id=${encodeURIComponent(id)}`);
    if (found) take(found, null);
  }

  function take(found, then) {
    article = found;
    index.articles = index.articles.map((each) => (each.article_id === found.article_id ? { ...each, decided: found.decided, is_done: found.is_done } : each));
    chosen = then || open()[0] || null;
    showIndex();
    showArticle();
    showFigure();
  }

  function showArticle() {
    $("title").textContent = article.title;
    const resting = article.resting ? ` ${article.resting} decisions no longer find their words in this text.` : "";
    $("about").textContent = [article.published, article.source, article.url].filter(Boolean).join(" · ") + resting;
    // Places are counted in characters of Unicode; JavaScript's strings count some of them as two.
    const letters = Array.from(article.text);
    const parts = [];
    let at = 0;
    for (const row of all()) {
      if (row.amount_start < at) {
        parts.push(amount(row, "²"));
        continue;
      }
      parts.push(letters.slice(at, row.amount_start).join(""), amount(row, letters.slice(row.amount_start, row.amount_end).join("")));
      at = row.amount_end;
    }
    $("text").replaceChildren(...parts, letters.slice(at).join(""));
    $("actions").hidden = $("hint").hidden = false;
    $("rest").disabled = !open().length;
    $("done").disabled = !article.is_done && open().length > 0;
    $("done").textContent = article.is_done ? "Not done after all" : "This article is done";
  }

  function amount(row, words) {
    const state = row.is_dropped ? "dropped" : row.reviewed ? "right" : "";
    const told = row.is_dropped ? "judged wrong" : row.reviewed || "not judged yet";
    return make("button", { type: "button", class: state, "data-id": row.figure_id, title: told, "aria-pressed": String(row === chosen), onclick: () => { chosen = row; showArticle(); showFigure(); } }, words);
  }

  function showFigure() {
    $("panel").hidden = !chosen;
    if (!chosen) return;
    const isNew = Boolean(chosen.at);
    $("figure-title").textContent = `${isNew ? "Missing figure" : "Figure"}: ${chosen.reading.amount}`;
    $("verdict").textContent = isNew ? "Say what it means." : chosen.is_dropped ? "Judged wrong." : chosen.reviewed ? `Checked: ${chosen.reviewed}.` : `Not judged yet; confidence ${chosen.confidence.toFixed(2)}.`;
    $("form").replaceChildren(...FIELDS.map((name) => make("label", {}, name.replaceAll("_", " "), field(name, chosen.reading[name]))));
    $("right").hidden = $("wrong").hidden = isNew || Boolean(chosen.decision);
    $("withdraw").hidden = !chosen.decision;
    $("correct").textContent = isNew ? "Add this figure" : "Save as corrected";
    $("correct").hidden = chosen.is_dropped;
  }

  function field(name, value) {
    if (name === "quoted") return make("input", { name, type: "checkbox", checked: Boolean(value) });
    if (name === "duplicate_of") {
      const earlier = all().filter((row) => !row.is_dropped && (chosen.at ? row.amount_start < chosen.at[0] : row.amount_start < chosen.amount_start));
      const options = earlier.map((row) => [JSON.stringify([row.reading.amount, row.reading.nth]), `repeats ${row.reading.amount}`]);
      return select(name, [["", "no repetition"], ...options], value ? JSON.stringify(value) : "");
    }
    if (index.choices[name]) return select(name, index.choices[name].map((each) => [each, each.replaceAll("_", " ")]), value);
    if (CODES.includes(name)) return select(name, [["", "none"], ...index.codes.map((code) => [code, code])], value || "");
    const isNumber = NUMBERS.includes(name) || YEARS.includes(name);
    return make("input", { name, value: value === null || value === undefined ? "" : String(value), inputmode: isNumber ? "decimal" : null });
  }

  function select(name, options, value) {
    return make("select", { name }, ...options.map(([each, told]) => make("option", { value: each, selected: each === value }, told)));
  }

  function filled() {
    const reading = { amount: chosen.reading.amount, nth: chosen.reading.nth };
    for (const name of FIELDS) {
      const input = $("form").elements[name];
      const text = input.value.trim();
      if (name === "quoted") reading[name] = input.checked;
      else if (name === "duplicate_of") reading[name] = text ? JSON.parse(text) : null;
      else if (NUMBERS.includes(name) || YEARS.includes(name)) reading[name] = text === "" ? null : Number(text);
      else reading[name] = text || null;
    }
    for (const end of ["value_low", "value_high"]) if (reading[end] === null) reading[end] = reading.value;
    return reading;
  }

  async function decide(decision) {
    const found = await ask("/decide", { article_id: article.article_id, ...decision });
    if (found) take(found, null);
    return Boolean(found);
  }

  const isOpen = () => chosen && !chosen.at && !chosen.decision;
  const right = (row) => decide({ verdict: "right", was: row.reading, truth: row.reading });
  const wrong = () => decide({ verdict: "wrong", was: chosen.reading });

  $("right").addEventListener("click", () => right(chosen));
  $("wrong").addEventListener("click", wrong);
  $("withdraw").addEventListener("click", () => decide({ verdict: "withdrawn", replaces: chosen.decision }));
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (chosen.at) decide({ verdict: "missing", truth: filled(), at: chosen.at });
    else decide({ verdict: "corrected", was: chosen.reading, truth: filled(), replaces: chosen.decision });
  });
  $("rest").addEventListener("click", async () => {
    for (const row of open()) if (!(await right(row))) return;
  });
  $("done").addEventListener("click", () => decide(article.is_done ? { verdict: "withdrawn", replaces: article.done } : { verdict: "done" }));
  $("missing").addEventListener("click", () => {
    const marked = getSelection();
    const range = marked.rangeCount ? marked.getRangeAt(0) : null;
    const words = range ? range.toString() : "";
    if (!words.trim() || !$("text").contains(range.commonAncestorContainer)) {
      $("fault").hidden = false;
      $("fault").textContent = "Mark the words of the amount in the text first.";
      return;
    }
    const before = document.createRange();
    before.setStart($("text"), 0);
    before.setEnd(range.startContainer, range.startOffset);
    const count = (text) => Array.from(text).length;
    const start = count(before.toString()) + count(words) - count(words.trimStart());
    const end = start + count(words.trim());
    const like = article.rows[0] ? article.rows[0].reading : {};
    const reading = { amount: words.trim(), nth: 0, measure: "expenditure", status: "actual", unit: "USD", qualifier: "exact", period_kind: "unknown", spender: like.spender || null, quoted: false };
    chosen = { reading, at: [start, end] };
    showArticle();
    showFigure();
  });
  addEventListener("keydown", (event) => {
    if (!article || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const rows = all();
    const move = (step) => {
      chosen = rows[(rows.indexOf(chosen) + step + rows.length) % rows.length] || null;
      showArticle();
      showFigure();
    };
    const listed = index.articles.findIndex((each) => each.article_id === article.article_id);
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "r" && isOpen()) right(chosen);
    else if (event.key === "w" && isOpen()) wrong();
    else if (event.key === "n") choose(index.articles[(listed + 1) % index.articles.length].article_id);
  });

  index = await ask("/articles");
  if (index) {
    showIndex();
    const first = index.articles.find((each) => !each.is_done) || index.articles[0];
    if (first) await choose(first.article_id);
  }
  document.documentElement.dataset.ready = "yes";
})();

"use strict";
// The page: what is asked for lives in the address (#country=IRN&measure=...), everything shown follows from it.
// Whatever came from an article is set as text (textContent); nothing here makes HTML out of a string.

(async () => {
  const FIELDS = ["country", "measure", "status", "from", "to", "claimant", "confidence", "once"];
  const PAGE = 25;
  const MOST_CHARTS = 6;
  const KINDS = ["amount", "spender", "claimant", "year"];
  const TOLD = { amount: "amount", spender: "who spends", claimant: "who says so", year: "when" };
  const $ = (id) => document.getElementById(id);

  const packed = Uint8Array.from(atob($("data").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const data = await new Response(unpacked).json();
  const { columns, lists } = data.figures;
  const total = columns.id.length;
  const form = $("filters");
  let state = {};
  let shown = PAGE;
  let plots = [];

  // ---- elements

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  const cell = (list, at) => (at < 0 ? null : lists[list][at]);
  const named = (code) => (code === null ? "not named" : data.names[code] || code);
  const plain = (word) => (word || "").replaceAll("_", " ");
  const title = (word) => plain(word).replace(/^./, (letter) => letter.toUpperCase());
  const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

  function figure(at) {
    return {
      at,
      id: columns.id[at],
      spender: cell("spender", columns.spender[at]),
      counterparty: cell("counterparty", columns.counterparty[at]),
      measure: cell("measure", columns.measure[at]),
      unit: cell("unit", columns.unit[at]),
      status: cell("status", columns.status[at]),
      claimant: cell("claimant", columns.claimant[at]),
      claimantCountry: cell("claimant_country", columns.claimant_country[at]),
      spenderText: cell("spender_text", columns.spender_text[at]),
      said: cell("said", columns.said[at]),
      reviewed: cell("reviewed", columns.reviewed[at]),
      flags: cell("flags", columns.flags[at]),
      evidence: cell("evidence", columns.evidence[at]),
      article: data.articles[columns.article[at]],
      first: columns.first[at],
      last: columns.last[at],
      number: columns.number[at],
      ratio: columns.ratio[at],
      confidence: columns.confidence[at],
    };
  }

  // ---- what is asked for

  function set() {
    for (const name of FIELDS) {
      if (name === "once") form.elements[name].checked = state[name] === "1";
      else form.elements[name].value = state[name] || (name === "confidence" ? "0" : "");
    }
  }

  function read() {
    const asked = new URLSearchParams(location.hash.slice(1));
    state = Object.fromEntries([...FIELDS, "figure"].map((name) => [name, asked.get(name) || ""]));
    set();
  }

  function ask(changes) {
    Object.assign(state, { figure: "" }, changes);
    const asked = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== "" && value !== "0"));
    history.replaceState(null, "", `#${asked}`);
    set();
    shown = PAGE;
    show();
  }

  function wanted() {
    const place = (list, value) => (value ? lists[list].indexOf(value) : null);
    const country = place("spender", state.country);
    const measure = place("measure", state.measure);
    const status = place("status", state.status);
    const from = Number(state.from) || -Infinity;
    const to = Number(state.to) || Infinity;
    const least = Number(state.confidence) || 0;
    const words = state.claimant.toLocaleLowerCase();
    const says = words ? lists.claimant.map((name) => name.toLocaleLowerCase().includes(words)) : null;
    const found = [];
    for (let at = 0; at < total; at++) {
      if (country !== null && columns.spender[at] !== country) continue;
      if (measure !== null && columns.measure[at] !== measure) continue;
      if (status !== null && columns.status[at] !== status) continue;
      if (columns.confidence[at] < least) continue;
      if (state.once && !columns.once[at]) continue;
      if (says && !says[columns.claimant[at]]) continue;
      if (state.from || state.to) {
        if (columns.first[at] === null || columns.first[at] > to || columns.last[at] < from) continue;
      }
      found.push(at);
    }
    return found;
  }

  // ---- the charts

  function showCharts(found) {
    const isShare = state.measure.startsWith("share");
    const measure = state.measure || (lists.measure.includes("expenditure") ? "expenditure" : lists.measure[0] || "expenditure");
    const place = lists.measure.indexOf(measure);
    const unit = isShare ? "PCT" : "USD";
    const format = isShare ? percent : money;
    const from = Number(state.from) || -Infinity;
    const to = Number(state.to) || Infinity;
    const claims = new Map();
    for (const at of found) {
      if (columns.measure[at] !== place || columns.low[at] === null) continue;
      if ((cell("unit", columns.unit[at]) === "PCT") !== isShare) continue;
      const spender = cell("spender", columns.spender[at]);
      const isSpent = cell("status", columns.status[at]) === "actual";
      for (let step = 0; step < columns.count[at]; step++) {
        const year = columns.from[at] + step;
        if (year < from || year > to) continue;
        if (!claims.has(spender)) claims.set(spender, []);
        claims.get(spender).push({
          year, isSpent, low: columns.low[at], value: columns.number[at], high: columns.high[at], article: columns.article[at],
        });
      }
    }
    const spenders = [...claims.keys()].sort((a, b) => claims.get(b).length - claims.get(a).length || (a < b ? -1 : 1));
    const drawn = spenders.slice(0, MOST_CHARTS);
    const series = data.reference[measure] || {};
    $("key-reference").hidden = !drawn.some((spender) => series[spender]);
    $("chart-note").textContent = drawn.length
      ? `${title(measure)}, ${unit === "PCT" ? "per cent" : "US dollars"}. ` +
        (state.country ? "" : `The ${drawn.length} of ${counted(spenders.length, "spender")} with most figures. `) +
        "Choose a year in a chart or in its table to see its figures."
      : "";
    plots.forEach((plot) => plot.destroy());
    plots = [];
    const box = $("charts");
    box.replaceChildren();
    box.classList.toggle("single", drawn.length === 1);
    if (!drawn.length) box.append(make("p", { class: "empty" }, `No ${plain(measure)} with a year among these figures.`));
    for (const spender of drawn) {
      const rows = byYear(claims.get(spender), series[spender]);
      const heading = state.country
        ? make("span", {}, named(spender))
        : make("button", { type: "button", onclick: () => ask({ country: spender }) }, named(spender));
      const plot = make("div", { class: "plot", role: "img", "aria-label": `Chart: ${plain(measure)} of ${named(spender)}. ${summary(rows, format)}` });
      const count = claims.get(spender).length;
      box.append(make("figure", {}, make("figcaption", {}, heading, make("small", {}, counted(count, "figure"))), plot, yearTable(rows, format, spender)));
      const width = Math.max(240, plot.clientWidth);
      const height = drawn.length === 1 ? Math.min(420, Math.max(260, width * 0.45)) : 220;
      const choose = (year) => ask({ country: spender || "", measure, from: String(year), to: String(year) });
      plots.push(drawChart(plot, rows, { width, height, isLog: $("log").checked, format, choose }));
    }
  }

  function summary(rows, format) {
    const told = rows.filter((row) => row.median !== null);
    if (!told.length) return "No values.";
    const last = told[told.length - 1];
    return `${told[0].year} to ${last.year}. Median ${format(told[0].median)} in ${told[0].year}, ${format(last.median)} in ${last.year}. The table below has all values.`;
  }

  function yearTable(rows, format, spender) {
    const head = make("tr", {}, ...["Year", "Figures", "Lowest", "Median", "Highest", "Reference"].map((title, at) => make("th", { scope: "col", class: at ? "number" : null }, title)));
    const lines = rows.filter((row) => row.claims.length).map((row) =>
      make("tr", {},
        make("th", { scope: "row" }, make("button", { type: "button", onclick: () => ask({ country: spender || "", from: String(row.year), to: String(row.year) }) }, String(row.year))),
        make("td", { class: "number" }, String(row.claims.length)),
        ...["low", "median", "high", "reference"].map((name) => make("td", { class: "number" }, format(row[name])))));
    const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines));
    return make("details", {}, make("summary", {}, `Table: ${named(spender)} by year`),
      make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `${named(spender)} by year` }, table));
  }

  // ---- who says what

  function showWho(found) {
    const cells = new Map();
    const rows = new Map();
    const heads = new Map();
    for (const at of found) {
      if (columns.again[at] || columns.spender[at] < 0 || columns.claimant[at] < 0) continue;
      const key = `${columns.claimant[at]} ${columns.spender[at]}`;
      if (!cells.has(key)) cells.set(key, { count: 0, ratios: [] });
      cells.get(key).count++;
      if (columns.ratio[at] !== null) cells.get(key).ratios.push(columns.ratio[at]);
      rows.set(columns.claimant[at], (rows.get(columns.claimant[at]) || 0) + 1);
      heads.set(columns.spender[at], (heads.get(columns.spender[at]) || 0) + 1);
    }
    const most = (counts, limit) => [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, limit).map(([at]) => at);
    const spenders = most(heads, 8);
    const within = new Map();
    for (const who of rows.keys()) {
      const count = spenders.reduce((sum, at) => sum + (cells.get(`${who} ${at}`) || { count: 0 }).count, 0);
      if (count) within.set(who, count);
    }
    const claimants = most(within, 12);
    $("who").replaceChildren();
    if (!claimants.length) {
      $("who").append(make("p", { class: "empty" }, "Nobody is named as saying these figures."));
      return;
    }
    const head = make("tr", {}, make("th", { scope: "col" }, "Who says so"), ...spenders.map((at) => make("th", { scope: "col" }, named(lists.spender[at]))));
    const lines = claimants.map((who) =>
      make("tr", {}, make("th", { scope: "row" }, lists.claimant[who]),
        ...spenders.map((at) => whoCell(who, at, cells.get(`${who} ${at}`)))));
    $("who").append(make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines)));
  }

  function whoCell(who, at, held) {
    if (!held) return make("td");
    const ratio = held.ratios.length ? median(held.ratios) : null;
    const shade = ratio === null ? "" : ratio < 0.5 ? "under-2" : ratio < 0.9 ? "under-1" : ratio > 2 ? "over-2" : ratio > 1.1 ? "over-1" : "";
    const claimant = lists.claimant[who];
    const spender = lists.spender[at];
    const times = ratio === null ? "–" : `× ${round(ratio, 2)}`;
    const said = `${claimant} on ${named(spender)}: ${counted(held.count, "figure")}, ${ratio === null ? "no reference" : `${round(ratio, 2)} times the reference`}`;
    return make("td", {}, make("button", { type: "button", class: shade, "aria-label": said, onclick: () => ask({ claimant, country: spender }) }, String(held.count), make("small", {}, times)));
  }

  // ---- the figures

  function showList(found) {
    const body = $("figures").tBodies[0];
    const pinned = state.figure ? columns.id.indexOf(state.figure) : -1;
    const listed = pinned >= 0 ? [pinned, ...found.filter((at) => at !== pinned)] : found;
    body.replaceChildren(...listed.slice(0, shown).flatMap((at) => listedRow(figure(at), at === pinned)));
    if (!listed.length) body.append(make("tr", { class: "none" }, make("td", { colspan: 10 }, "No figure is so. Clear a filter.")));
    $("more").hidden = listed.length <= shown;
    $("more").textContent = `Show more (${Math.max(0, listed.length - shown).toLocaleString("en")} left)`;
  }

  function listedRow(one, isOpen) {
    const years = one.first === null ? "" : one.first === one.last ? String(one.first) : `${one.first}–${one.last}`;
    const tr = make("tr", { class: "row", "data-id": one.id });
    const button = make("button", { type: "button", "aria-expanded": "false", "aria-label": `Evidence: ${named(one.spender)}, ${one.said}${years ? `, ${years}` : ""}` }, "Show");
    const dollars = one.unit === "PCT" || one.number === null ? "" : money(one.number);
    const texts = [one.article[3] || "", named(one.spender), plain(one.measure), one.said, dollars, years, one.status, one.claimant || "", one.confidence.toFixed(2)];
    const labels = [...$("figures").tHead.rows[0].cells].map((head) => head.textContent);
    texts.forEach((text, at) => tr.append(make("td", { "data-label": labels[at], class: [0, 3, 4, 5, 6].includes(at) ? "tight" : null }, text)));
    tr.append(make("td", { "data-label": labels[9] }, button));
    const toggle = () => {
      const isShown = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!isShown));
      button.textContent = isShown ? "Show" : "Hide";
      if (isShown) tr.nextSibling.remove();
      else tr.after(evidence(one));
    };
    button.addEventListener("click", () => {
      toggle();
      const isShown = button.getAttribute("aria-expanded") === "true";
      state.figure = isShown ? one.id : "";
      const asked = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== "" && value !== "0"));
      history.replaceState(null, "", `#${asked}`);
    });
    if (!isOpen) return [tr];
    button.setAttribute("aria-expanded", "true");
    button.textContent = "Hide";
    return [tr, evidence(one)];
  }

  function marked(one) {
    // Places are counted in characters of Unicode; JavaScript's strings count some of them as two.
    const letters = Array.from(one.evidence);
    const words = (start, end) => letters.slice(start, end).join("");
    const quote = make("blockquote");
    const flat = columns.marks[one.at];
    let done = 0;
    for (let at = 0; at < flat.length; at += 3) {
      const [start, end, kind] = [flat[at], flat[at + 1], KINDS[flat[at + 2]]];
      quote.append(words(done, start), make("mark", { class: kind, "data-kind": TOLD[kind] }, words(start, end)));
      done = end;
    }
    quote.append(words(done));
    return quote;
  }

  function evidence(one) {
    const [headline, url, source, published] = one.article;
    const isLink = /^https?:\/\//i.test(url || "");
    const heading = headline || url || "an article without a title";
    const link = isLink ? make("a", { href: url, rel: "noopener noreferrer nofollow", target: "_blank", referrerpolicy: "no-referrer" }, heading) : heading;
    const facts = [
      ["Article", link],
      ["Address", url && (!isLink || headline) ? url : ""],
      ["Published", [published, source].filter(Boolean).join(", ")],
      ["Who spends", [named(one.spender), one.spenderText ? `(“${one.spenderText}”)` : ""].join(" ").trim()],
      ["Other side", one.counterparty ? named(one.counterparty) : ""],
      ["Who says so", [one.claimant || "the article itself", one.claimantCountry ? `who speaks for ${named(one.claimantCountry)}` : "", columns.quoted[one.at] ? "in quotation marks" : ""].filter(Boolean).join(", ")],
      ["Reference", one.ratio === null ? "" : `${(one.unit === "PCT" ? percent : money)(columns.beside[one.at])}; this figure is ${round(one.ratio, 2)} times that`],
      ["Doubts", plain(one.flags)],
      ["Repetition", columns.again[one.at] ? "the article has said so before" : ""],
      ["Checked", one.reviewed ? `by a person: ${one.reviewed}` : ""],
      ["figure_id", one.id],
    ].filter(([, told]) => told);
    const list = make("dl", {}, ...facts.flatMap(([name, told]) => [make("dt", {}, name), make("dd", {}, told)]));
    return make("tr", { class: "evidence" }, make("td", { colspan: 10 }, marked(one), list));
  }

  // ---- the rest

  function showAside() {
    const box = $("aside");
    if (!data.set_aside.length) {
      box.append(make("p", {}, "Nothing was set aside."));
      return;
    }
    box.append(make("p", { class: "note" }, `${counted(data.set_aside.reduce((sum, each) => sum + each.count, 0), "record")} could not be read. They are kept in the table rejections.`));
    for (const each of data.set_aside) {
      const items = each.examples.map((example) => make("li", {}, example));
      if (each.count > items.length) items.push(make("li", {}, `and ${(each.count - items.length).toLocaleString("en")} more`));
      box.append(make("details", {}, make("summary", {}, `${plain(each.reason)}, in ${each.stage}: ${each.count.toLocaleString("en")}`), make("ul", {}, ...items)));
    }
  }

  function showRuns() {
    const head = make("tr", {}, ...["Ended", "Version", "Language model", "Engine", "How"].map((title) => make("th", { scope: "col" }, title)));
    const lines = data.runs.map((run) => make("tr", {}, ...["ended", "version", "model", "engine", "verdict"].map((name) => make("td", {}, run[name]))));
    $("runs").append(make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Runs" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines))));
  }

  function fill() {
    const options = (select, values, tell, all) =>
      form.elements[select].append(make("option", { value: "" }, all), ...values.map((value) => make("option", { value }, tell(value))));
    options("country", [...lists.spender].sort((a, b) => named(a).localeCompare(named(b), "en")), named, "all");
    options("measure", lists.measure, plain, "all");
    options("status", lists.status, plain, "all");
    $("claimants").append(...[...lists.claimant].sort((a, b) => a.localeCompare(b, "en")).map((value) => make("option", { value })));
    const [first, last] = data.as_of;
    const when = first ? ` published from ${first} to ${last}` : "";
    const run = data.runs.length ? ` Data as of ${data.runs[0].ended}.` : "";
    $("summary").textContent = `What ${counted(data.article_count, "article")}${when} say that countries spend on their militaries, and who says so: ${counted(total, "figure")}.${run}`;
    if (data.reference_name) $("reference-name").textContent = `reference: ${data.reference_name}`;
    showAside();
    showRuns();
  }

  function show() {
    const found = wanted();
    $("count").textContent = `${found.length.toLocaleString("en")} of ${counted(total, "figure")}`;
    $("confidence-value").textContent = Number(state.confidence || 0).toFixed(2);
    showCharts(found);
    showWho(found);
    showList(found);
  }

  fill();
  read();
  show();
  document.documentElement.dataset.ready = "yes";

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => ask({ [target.name]: target.type !== "checkbox" || target.checked ? target.value.trim() : "" }));
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    ask(Object.fromEntries(FIELDS.map((name) => [name, ""])));
  });
  $("more").addEventListener("click", () => {
    shown += PAGE;
    showList(wanted());
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    $("list").focus();
  });
  $("log").addEventListener("change", () => showCharts(wanted()));
  addEventListener("hashchange", () => {
    read();
    show();
  });
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    showCharts(wanted());
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => showCharts(wanted()));
  const printing = (is) => () => {
    document.documentElement.classList.toggle("printing", is);
    showCharts(wanted());
  };
  addEventListener("beforeprint", printing(true));
  addEventListener("afterprint", printing(false));
})();

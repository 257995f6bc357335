"use strict";
// Search and comparison. Everything they know is in scripts beside this one, so that they work from a file, too.
(() => {
  const { index } = globalThis.baocao;
  const root = document.body.dataset.root;
  const one = (selector) => document.querySelector(selector);
  const made = (tag, text, classes) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (classes) element.className = classes;
    return element;
  };
  const linked = (text, target) => {
    const link = made("a", text);
    link.href = root + target;
    return link;
  };
  const { units, reports, periods, indicators, documents } = index;
  const path = (...parts) => parts.map(encodeURIComponent).join("/");
  const decoded = (text) => {
    try { return decodeURIComponent(text); } catch { return text; } // an address somebody cut short
  };
  const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

  // -- words: with diacritics as typed, without them any; the tone may stand on either vowel (hoà, hòa) -------------

  const lower = (text) => text.normalize("NFC").toLowerCase().replace(/\s+/g, " ").trim();
  const bare = (text) => lower(text).normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");
  const TONE = /(\P{M}*?)([\u0300\u0301\u0303\u0309\u0323])([\p{L}\p{M}]*)/gu;
  const toned = (text) => lower(text).normalize("NFD").replace(/[\p{L}\p{M}]+/gu, (word) => word.replace(TONE, "$1$3$2"));
  const folded = (text) => ({ typed: lower(text), bare: bare(text), toned: toned(text) });
  const fits = (words, word) => {
    if (bare(word) === word) return words.bare.includes(word);
    return words.typed.includes(word) || words.toned.includes(toned(word));
  };

  // -- search -------------------------------------------------------------------------------------------------------

  const MOST = 30;
  const FORMATS = ["Xem", "PDF", "Word", "Excel"];
  const FILES = ["report.html", "report.pdf", "report.docx", "tables.xlsx"];
  const folderOf = (place) =>
    documents.folder[place] ??
    `${reports.id[documents.report[place]]}/${periods.id[documents.period[place]]}/${units.code[documents.unit[place]]}`;
  const documentPath = (place, file) => path("van-ban", ...folderOf(place).split("/"), file);
  const aboutDocument = (place) => {
    const number = documents.number[place];
    return [
      reports.name[documents.report[place]] + (number ? ` số ${number}` : ""),
      units.name[documents.unit[place]],
      capital(periods.label[documents.period[place]]),
    ];
  };

  const searchable = () => {
    const ofUnits = units.name.map((name, place) => folded(`${name}; ${units.short[place]}; ${units.also[place]}`));
    const ofReports = reports.name.map(folded);
    const ofPeriods = periods.label.map((label, place) => folded(`${label}; ${periods.id[place]}`));
    const other = new Set(documents.other);
    return (text) => {
      const words = lower(text).split(" ").filter(Boolean);
      if (!words.length) return null;
      const hits = words.map((word) => ({
        unit: ofUnits.map((known) => fits(known, word)),
        report: ofReports.map((known) => fits(known, word)),
        period: ofPeriods.map((known) => fits(known, word)),
        word,
      }));
      const common = (hit, place) =>
        hit.report[documents.report[place]] ||
        hit.period[documents.period[place]] ||
        lower(documents.number[place] ?? "").includes(hit.word);
      // Words that name a unit one after the other mean it more than the same words apart.
      const whole = (unit) => !fits(ofUnits[unit], lower(text));
      const first = (a, b) => whole(a) - whole(b) || a - b;
      const found = { units: [], documents: [], rows: [] };
      units.code.forEach((_, unit) => {
        if (hits.every((hit) => hit.unit[unit])) found.units.push(unit);
      });
      found.units.sort(first);
      documents.unit.forEach((unit, place) => {
        if (hits.every((hit) => hit.unit[unit] || common(hit, place))) found.documents.push(place);
        if (other.has(place)) return;
        documents.rows[place].forEach((row, at) => {
          if (hits.some((hit) => hit.unit[row]) && hits.every((hit) => hit.unit[row] || hit.unit[unit] || common(hit, place)))
            found.rows.push({ place, row, at });
        });
      });
      const near = (unit) => Number(whole(unit));
      found.documents.sort((a, b) => near(documents.unit[a]) - near(documents.unit[b]) || a - b);
      found.rows.sort((a, b) => near(a.row) - near(b.row) || a.place - b.place || a.row - b.row);
      return found;
    };
  };

  const unitItem = (unit) => {
    const item = made("li");
    const above = units.parent[unit];
    item.append(linked(units.name[unit], path("don-vi", `${units.code[unit]}.html`)));
    if (above >= 0) item.append(" ", made("span", units.name[above], "count"));
    return item;
  };
  const documentItem = (place) => {
    const item = made("li");
    const [what, who, when] = aboutDocument(place);
    item.append(linked(`${who}, ${when}`, documentPath(place, "index.html")), " ", made("span", what, "count"));
    FORMATS.forEach((name, bit) => {
      if (!(documents.files[place] & (1 << bit))) return;
      const link = linked(name, documentPath(place, FILES[bit]));
      link.setAttribute("aria-label", `${name}: ${who}, ${when}, ${what}`);
      item.append(" ", link);
    });
    return item;
  };
  const rowItem = ({ place, row, at }) => {
    const item = made("li");
    const [what, who, when] = aboutDocument(place);
    const target = `${documentPath(place, "report.html")}#p_${documents.anchors[place][at]}`;
    item.append(linked(`${units.name[row]}, ${when}`, target), " ", made("span", `dòng trong ${what}, ${who}`, "count"));
    return item;
  };
  const group = (name, items, item) => {
    const part = document.createDocumentFragment();
    if (!items.length) return part;
    const list = made("ul", "", "plain hits");
    list.append(...items.slice(0, MOST).map(item));
    part.append(made("h3", `${name} (${items.length.toLocaleString("vi")})`), list);
    if (items.length > MOST) part.append(made("p", `Chỉ hiện ${MOST} mục đầu; gõ thêm chữ để thu hẹp.`, "note"));
    return part;
  };

  const searching = (form) => {
    const find = searchable();
    const [input, said, results] = [one("#wanted"), one("#found"), one("#results")];
    const show = () => {
      const found = find(input.value);
      said.textContent = "";
      results.replaceChildren();
      history.replaceState(null, "", `#${encodeURIComponent(input.value.trim())}`);
      if (!found) return;
      const count = found.units.length + found.documents.length + found.rows.length;
      said.textContent = count ? `Tìm thấy ${count.toLocaleString("vi")} mục` : "Không tìm thấy mục nào";
      results.append(
        group("Đơn vị", found.units, unitItem),
        group("Văn bản", found.documents, documentItem),
        group("Dòng trong văn bản của đơn vị khác", found.rows, rowItem),
      );
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      one("#results a")?.focus();
    });
    input.addEventListener("input", show);
    const before = decoded(location.hash.slice(1));
    if (before && !document.getElementById(before)) input.value = before;
    if (input.value) show();
  };

  // -- comparison ---------------------------------------------------------------------------------------------------

  const NO_DATA = "không có số liệu";
  const NOT_SHOWN = "…";
  const UNPUBLISHED = "không công bố";
  const PERCENT = "%";

  // Figures of a period lie in a script of their own, asked for once.
  const asked = new Map();
  const figuresOf = (period) => {
    if (!asked.has(period)) {
      asked.set(period, new Promise((settle) => {
        const script = made("script");
        script.src = root + path("du-lieu", `${period}.js`);
        script.onload = script.onerror = () => settle(globalThis.baocao.figures[period] ?? null);
        document.head.append(script);
      }));
    }
    return asked.get(period);
  };

  const above = new Set(units.above);
  // Of a unit: its own reports, then its row in those of others; the row of one above others is its own desk's alone.
  const told = (figures, unit) => {
    const found = { values: new Map(), sources: [] };
    if (!figures) return found;
    const code = units.code[unit];
    const take = (place, row) => {
      const at = figures.rows[place].indexOf(row);
      if (at < 0) return;
      const columns = figures.columns[place];
      let fresh = false;
      columns.forEach((column, number) => {
        const value = figures.values[place][at * columns.length + number];
        const id = figures.indicators[column];
        if (value === null || found.values.has(id)) return;
        found.values.set(id, value);
        fresh = true;
      });
      if (fresh) found.sources.push(place);
    };
    const lead = (place) => [figures.report[place] !== "leadership-brief", figures.report[place]].join();
    const all = figures.unit.map((_, place) => place).sort((a, b) => (lead(a) < lead(b) ? -1 : 1));
    for (const place of all) if (figures.unit[place] === code) take(place, -1);
    if (!above.has(unit)) for (const place of all) if (figures.unit[place] !== code) take(place, figures.units.indexOf(code));
    return found;
  };

  const printed = (value, decimals) =>
    value.toLocaleString("vi", { minimumFractionDigits: decimals, maximumFractionDigits: 10 });
  const written = (value, measure, decimals) => {
    if (value === undefined) return NO_DATA;
    if (value === NOT_SHOWN) return UNPUBLISHED;
    return printed(value, decimals) + (measure === PERCENT ? PERCENT : "");
  };
  const places = (value) => (String(value).split(".")[1] ?? "").length;
  const gap = (a, b, measure, decimals) => {
    if (a === undefined || b === undefined) return NO_DATA;
    if (a === NOT_SHOWN || b === NOT_SHOWN) return UNPUBLISHED;
    const digits = Math.max(places(a), places(b));
    const apart = (Math.round(b * 10 ** digits) - Math.round(a * 10 ** digits)) / 10 ** digits;
    if (!apart) return "không đổi";
    return (apart > 0 ? "+" : "−") + printed(Math.abs(apart), decimals) + (measure === PERCENT ? " điểm %" : "");
  };

  const comparing = (form) => {
    const sides = ["a", "b"].map((name) => ({
      filter: one(`#filter-${name}`), unit: one(`#unit-${name}`), period: one(`#period-${name}`),
    }));
    const words = units.name.map((name, place) => folded(`${name}; ${units.short[place]}; ${units.also[place]}`));
    const label = (unit) => {
      const above = units.parent[unit];
      return units.name[unit] + (above >= 0 ? ` (${units.short[above]})` : "");
    };
    const option = (value, text) => {
      const made_ = made("option", text);
      made_.value = value;
      return made_;
    };
    const fill = (side) => {
      const wanted = lower(side.filter.value).split(" ").filter(Boolean);
      const before = side.unit.value;
      const fitting = units.code.map((_, unit) => unit).filter((unit) => wanted.every((word) => fits(words[unit], word)));
      side.unit.replaceChildren(...fitting.map((unit) => option(units.code[unit], label(unit))));
      if (fitting.some((unit) => units.code[unit] === before)) side.unit.value = before;
    };
    let turn = 0;
    const show = async () => {
      const mine = ++turn;
      const chosen = sides.map((side) => ({ unit: units.code.indexOf(side.unit.value), period: side.period.value }));
      const result = one("#compared");
      if (chosen.some((side) => side.unit < 0 || !side.period)) return result.replaceChildren(made("p", "Không có đơn vị nào để chọn."));
      const state = chosen.flatMap((side) => [units.code[side.unit], side.period]).map(encodeURIComponent).join(",");
      history.replaceState(null, "", `#${state}`);
      const figures = await Promise.all(chosen.map((side) => figuresOf(side.period)));
      if (mine !== turn) return;
      const facts = chosen.map((side, place) => told(figures[place], side.unit));
      result.replaceChildren(...drawn(chosen, figures, facts));
      one("#said").textContent = `Đã so sánh: ${indicatorsOf(facts).length} chỉ số`;
    };
    const indicatorsOf = (facts) => {
      const ids = new Set(facts.flatMap((side) => [...side.values.keys()]));
      return indicators.id.map((id, place) => ({ id, place })).filter(({ id }) => ids.has(id));
    };
    const drawn = (chosen, figures, facts) => {
      const names = chosen.map((side) => `${units.name[side.unit]}, ${periods.label[periods.id.indexOf(side.period)]}`);
      const from = chosen.map((side, place) => {
        const line = made("p", "", "note");
        line.append(`${names[place]}: `);
        if (!facts[place].sources.length) line.append(NO_DATA);
        facts[place].sources.forEach((source, number) => {
          const about = `${reports.name[reports.id.indexOf(figures[place].report[source])]}, ${units.name[units.code.indexOf(figures[place].unit[source])]}`;
          line.append(number ? "; " : "theo ", linked(about, path("van-ban", ...figures[place].folder[source].split("/"), "index.html")));
        });
        return line;
      });
      const listed = indicatorsOf(facts);
      if (!listed.length) return [...from, made("p", "Không có số liệu để so sánh.", "empty")];
      const box = made("div", "", "table");
      const table = made("table");
      const head = made("tr");
      for (const text of ["Chỉ số", ...names, "Chênh lệch"]) {
        const cell = made("th", text);
        cell.scope = "col";
        head.append(cell);
      }
      table.createTHead().append(head);
      const body = table.createTBody();
      for (const { id, place } of listed) {
        const measure = indicators.measure[place];
        const decimals = indicators.decimals[place];
        const values = facts.map((side) => side.values.get(id));
        const row = body.insertRow();
        const name = made("th", indicators.name[place], "text");
        name.scope = "row";
        if (measure && measure !== PERCENT) name.append(" ", made("span", `(${measure})`, "count"));
        const texts = [...values.map((value) => written(value, measure, decimals)), gap(...values, measure, decimals)];
        row.append(name, ...texts.map((text) => made("td", text, "figure")));
      }
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "Bảng so sánh");
      box.append(table);
      return [...from, box];
    };

    for (const side of sides) {
      fill(side);
      side.period.append(...periods.id.map((id, place) => option(id, capital(periods.label[place]))));
      side.filter.addEventListener("input", () => { fill(side); show(); });
      side.unit.addEventListener("change", show);
      side.period.addEventListener("change", show);
    }
    const follow = () => {
      const asks = location.hash.slice(1).split(",").map(decoded);
      if (asks.length !== 4) return;
      sides.forEach((side, place) => {
        side.filter.value = "";
        fill(side);
        [side.unit.value, side.period.value] = asks.slice(2 * place);
      });
    };
    // To begin with: a unit that has a document, the newest period against the one listed before it.
    for (const side of sides) if (documents.unit.length) side.unit.value = units.code[documents.unit[0]];
    if (periods.id.length > 1) sides[0].period.selectedIndex = 1;
    follow();
    addEventListener("hashchange", () => { follow(); show(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    one("#swap").addEventListener("click", () => {
      const [a, b] = sides.map((side) => [side.unit.value, side.period.value]);
      sides.forEach((side, place) => {
        side.filter.value = "";
        fill(side);
        [side.unit.value, side.period.value] = place ? a : b;
      });
      show();
    });
    show();
  };

  const [search, compare] = [one("#search"), one("#compare")];
  if (search) searching(search);
  if (compare) comparing(compare);
})();

(() => {
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  const charts = [...document.querySelectorAll(".chart")].map((box) => ({
    box,
    figure: JSON.parse(box.querySelector("script").textContent),
  }));

  function paint(layout) {
    const style = getComputedStyle(document.documentElement);
    const [ink, muted, line, card] = ["--ink", "--muted", "--line", "--card"].map((name) => style.getPropertyValue(name).trim());
    layout.font = { ...layout.font, color: muted };
    layout.modebar = { bgcolor: "rgba(0,0,0,0)", color: line, activecolor: muted };
    layout.hoverlabel = { bgcolor: card, bordercolor: line, font: { color: ink } };
    for (const axis of Object.keys(layout).filter((key) => /^[xy]axis/.test(key))) {
      Object.assign(layout[axis], { gridcolor: line, linecolor: line, zerolinecolor: line, tickcolor: line });
      if (layout[axis].rangeslider) Object.assign(layout[axis].rangeslider, { bordercolor: line, bgcolor: card });
    }
    return layout;
  }

  const time = (value) => {
    if (typeof value === "number") return value;
    return Date.parse(value.includes(" ") ? `${value.replace(" ", "T")}Z` : value);
  };

  // Plotly fits the y axes to all the data, once: who looks at a week wants that week's prices. A line holds its value
  // until the next point, so the point before the span counts for it; a mark counts where it is.
  function rescale(box, traces, change) {
    if (!Object.keys(change).some((key) => /^xaxis\d*\.(range|autorange)/.test(key))) return;
    const [from, to] = box.layout.xaxis.range.map(time);
    const spans = {};
    for (const { x, y, low = y, high = y, mode, yaxis = "y" } of traces) {
      for (let i = 0; i < x.length; i += 1) {
        const until = mode === "markers" ? x[i] : (x[i + 1] ?? Infinity);
        if (x[i] > to || until < from || low[i] === null || high[i] === null) continue;
        const [least, most] = spans[yaxis] ?? [Infinity, -Infinity];
        spans[yaxis] = [Math.min(least, low[i]), Math.max(most, high[i])];
      }
    }
    const ranges = Object.entries(spans).map(([axis, [least, most]]) => {
      const margin = (most - least || Math.abs(most) || 1) / 20;
      return [`${axis.replace("y", "yaxis")}.range`, [least - margin, most + margin]];
    });
    if (ranges.length) Plotly.relayout(box, Object.fromEntries(ranges));
  }

  const draw = () => {
    for (const { box, figure } of charts) {
      Plotly.react(box, figure.data, paint({ ...figure.layout }), { responsive: true, displaylogo: false });
    }
  };
  for (const { box } of charts) box.replaceChildren();
  draw();
  for (const { box, figure } of charts) box.on("plotly_relayout", (change) => rescale(box, figure.data, change));
  scheme.addEventListener("change", draw);
})();

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

  const draw = () => {
    for (const { box, figure } of charts) {
      Plotly.react(box, figure.data, paint({ ...figure.layout }), { responsive: true, displaylogo: false });
    }
  };
  for (const { box } of charts) box.replaceChildren();
  draw();
  scheme.addEventListener("change", draw);
})();

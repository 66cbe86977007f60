/** Tabs, as the ARIA Authoring Practices have them. */

export class Tabs {
  /** Take over a tablist; `onChange(id)` is told the id of the panel that is shown. */
  constructor(list, onChange) {
    this.tabs = [...list.querySelectorAll("[role=tab]")];
    this.onChange = onChange;
    list.addEventListener("click", ({ target }) => {
      if (this.tabs.includes(target)) this.show(target.getAttribute("aria-controls"));
    });
    list.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const at = this.tabs.indexOf(event.target);
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.tabs.length - 1 }[event.key];
      if (at < 0 || next === undefined) return;
      event.preventDefault();
      const tab = this.tabs.at(next % this.tabs.length);
      tab.focus();
      this.show(tab.getAttribute("aria-controls"));
    });
  }

  /** Show the panel of this id, or the first if there is none. */
  show(id) {
    const shown = this.tabs.find((tab) => tab.getAttribute("aria-controls") === id) ?? this.tabs[0];
    for (const tab of this.tabs) {
      const isShown = tab === shown;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isShown;
    }
    this.onChange(shown.getAttribute("aria-controls"));
  }
}

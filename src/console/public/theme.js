// Runs before the first paint, so that whoever chose another scheme than the system's sees no flash of that.
(() => {
  try {
    const chosen = localStorage.getItem('shearwater.scheme');
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.scheme = chosen;
  } catch {
    // Storage may be forbidden: then the system's scheme it is.
  }
})();

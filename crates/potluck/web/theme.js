// Dark or light, before anything is painted: the one script that is no module, so that no wrong colour flashes up.

(() => {
  const KEPT = 'potluck.theme';
  const WORDS = ['system', 'light', 'dark'];

  const read = () => {
    try {
      const word = localStorage.getItem(KEPT);
      return WORDS.includes(word) ? word : 'system';
    } catch {
      return 'system';
    }
  };

  const wear = (word) => {
    document.documentElement.dataset.theme = word;
    document.dispatchEvent(new CustomEvent('theme', { detail: word }));
  };

  /** The next of system, light and dark, kept for the next visit. */
  const turn = () => {
    const next = WORDS[(WORDS.indexOf(read()) + 1) % WORDS.length];
    try {
      localStorage.setItem(KEPT, next);
    } catch {
      // Where nothing can be kept, the choice holds until the page is left.
    }
    wear(next);
  };

  const label = (button) => {
    const words = button.querySelector('.words');
    const show = () => {
      words.textContent = `Theme: ${document.documentElement.dataset.theme}`;
    };
    document.addEventListener('theme', show);
    button.addEventListener('click', turn);
    show();
  };

  wear(read());
  document.addEventListener('DOMContentLoaded', () => label(document.querySelector('button.theme')));
})();

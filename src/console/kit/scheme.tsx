import { useState } from 'react';

const KEY = 'shearwater.scheme';
const SCHEMES = ['system', 'light', 'dark'] as const;
type Scheme = (typeof SCHEMES)[number];

function kept(): Scheme {
  const { scheme } = document.documentElement.dataset;
  return scheme === 'light' || scheme === 'dark' ? scheme : 'system';
}

/** Light, dark, or as the system has it: public/theme.js applies the choice before the first paint. */
export function SchemeSwitch() {
  const [scheme, setScheme] = useState(kept);
  const choose = (next: Scheme) => {
    setScheme(next);
    if (next === 'system') {
      delete document.documentElement.dataset.scheme;
      localStorage.removeItem(KEY);
    } else {
      document.documentElement.dataset.scheme = next;
      localStorage.setItem(KEY, next);
    }
  };
  return (
    <select aria-label="Colours" value={scheme} onChange={({ target }) => choose(target.value as Scheme)}>
      {SCHEMES.map((each) => (
        <option key={each} value={each}>
          {each === 'system' ? 'auto' : each}
        </option>
      ))}
    </select>
  );
}

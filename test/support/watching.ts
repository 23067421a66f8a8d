import { readFileSync } from 'node:fs';

/** What ops/ asks of Prometheus. */

const read = (name: string): string => readFileSync(new URL(`../../ops/${name}`, import.meta.url), 'utf8');

export interface Expression {
  /** Who asks. */
  readonly of: string;
  readonly expr: string;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Of each panel of the dashboard, with values for Grafana's variables. */
export function dashboardExpressions(): Expression[] {
  const { panels } = JSON.parse(read('grafana-dashboard.json')) as { panels: Panel[] };
  return panels
    .filter(({ type }) => type !== 'row')
    .flatMap(({ title, targets }) =>
      targets!.map(({ expr }) => ({
        of: `panel ${title}`,
        expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
      })),
    );
}

/** Of each alert: what follows `expr:` up to the next key. */
export function alertExpressions(): Expression[] {
  return [
    ...read('alerts.yml').matchAll(/- alert: (\w+)\n\s+expr: (?:>-)?([\s\S]*?)\n\s+(?:for|labels):/g),
  ].map(([, name, expr]) => ({ of: name!, expr: expr!.replace(/\s+/g, ' ').trim() }));
}

/** The names of all alerts, and of those that ops/alerts.test.yml sees fire. */
export function alertNames(): { readonly all: string[]; readonly tried: Set<string> } {
  const names = (text: string, key: string) =>
    [...text.matchAll(new RegExp(`${key}: (\\w+)`, 'g'))].map((m) => m[1]!);
  return {
    all: names(read('alerts.yml'), '- alert'),
    tried: new Set(names(read('alerts.test.yml'), 'alertname')),
  };
}

/** The series that an expression names, with the labels that it asks them for. `up` is Prometheus' own. */
export function seriesOf(expr: string): { readonly name: string; readonly labels: string[] }[] {
  return [...expr.matchAll(/\b((?:shearwater|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name, matchers]) => ({
      name: name!,
      labels: [...(matchers ?? '').matchAll(/(\w+)\s*[=!]~?"/g)].map(([, label]) => label!),
    }),
  );
}

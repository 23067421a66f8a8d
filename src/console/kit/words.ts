/** What the API's names are called here. */
const WORDS: Readonly<Record<string, string>> = {
  OPERATOR_CONTRIBUTION: 'Paid in by the operator',
  LIQUIDATION_FEE: 'Liquidation fees',
  LOSS_DRAW: 'Drawn for a loss',
  PRO_RATA: 'Pro rata',
  RISK_WEIGHTED: 'Risk-weighted',
  CONSTRAINED_EQUAL_LOSSES: 'Constrained equal losses',
  CONSTRAINED_EQUAL_AWARDS: 'Constrained equal awards',
  TALMUD: 'Talmud',
  OPEN_INTEREST: 'Open interest',
  ADL_QUEUE: 'ADL queue',
  MARGIN_CALL: 'Margin call',
  FUND_THEN_SOCIALIZE: 'Fund, then haircuts',
  FUND_ONLY: 'Fund only',
  SOCIALIZE_ONLY: 'Haircuts only',
  PARTIALLY_COVERED: 'Partly covered',
};

/** A name of the API in words: what has none of its own is written in lower case. */
export function words(name: string): string {
  return WORDS[name] ?? name.charAt(0) + name.slice(1).toLowerCase().replaceAll('_', ' ');
}

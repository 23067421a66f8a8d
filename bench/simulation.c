/*
 * The floor of `npm run bench -- simulation`: one step, one thread, a path after the other and an account after the other, as one would
 * write it first. It reads a book and its returns, times its loop alone, prints what the paths came to, and writes the sums of each
 * account to a file.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct {
  double g, gg, ggg, h, gh, hh, ggh, ghh, hhh, won, closed, bankrupt, cut;
} Sums;

/* What an account comes to on the path at hand. */
typedef struct {
  double change, profit, cap;
  int open;
} State;

/* fmax and fmin are calls of a library, since they care for NaN. */
static double most(double a, double b) { return a > b ? a : b; }
static double least(double a, double b) { return a < b ? a : b; }

static double *read_doubles(FILE *file, size_t count) {
  double *values = malloc((count + 1) * sizeof(double));
  if (!values || fread(values, sizeof(double), count, file) != count) exit(2);
  return values;
}

static uint32_t *read_integers(FILE *file, size_t count) {
  uint32_t *values = malloc((count + 1) * sizeof(uint32_t));
  if (!values || fread(values, sizeof(uint32_t), count, file) != count) exit(2);
  return values;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

int main(int count, char **arguments) {
  FILE *file = count == 3 ? fopen(arguments[1], "rb") : NULL;
  if (!file) return 2;
  double *header = read_doubles(file, 9);
  const size_t accounts = header[0], markets = header[1], positions = header[2], paths = header[3];
  const int at_maintenance = header[4] != 0;
  const double slippage = header[5], operator_cap = header[6], fund_cap = header[7], fund = header[8];
  double *equity = read_doubles(file, accounts);
  double *gain = read_doubles(file, accounts);
  double *burden = read_doubles(file, accounts);
  double *rate = read_doubles(file, accounts);
  double *exposure = read_doubles(file, positions);
  double *maintenance = read_doubles(file, positions);
  uint32_t *start = read_integers(file, accounts + 1);
  uint32_t *market = read_integers(file, positions);
  double *returns = read_doubles(file, paths * markets);
  Sums *sums = calloc(accounts, sizeof(Sums));
  State *states = malloc(accounts * sizeof(State));
  if (!sums || !states) return 2;

  double all_deficits = 0, all_draws = 0, all_taken = 0, unpaid = 0, losing = 0, socialized = 0;
  const double began = now();
  for (size_t path = 0; path < paths; path++) {
    const double *R = returns + path * markets;
    double deficits = 0, operator_asks = 0, fund_asks = 0, profits = 0, capacities = 0;
    for (size_t i = 0; i < accounts; i++) {
      double change = 0, margin = 0;
      for (uint32_t k = start[i]; k < start[i + 1]; k++) change += exposure[k] * R[market[k]];
      if (at_maintenance)
        for (uint32_t k = start[i]; k < start[i + 1]; k++) margin += maintenance[k] * (1 + R[market[k]]);
      const double e = equity[i] + change;
      const double funds = most(0, equity[i]);
      State *state = &states[i];
      double worth = e;
      state->change = change;
      state->open = e >= margin;
      state->profit = state->cap = 0;
      if (state->open) {
        state->profit = most(0, least(gain[i] + change - burden[i], e));
        state->cap = least(state->profit, most(0, rate[i] * (gain[i] + change) - burden[i]));
        profits += state->profit;
        capacities += state->cap;
        sums[i].won += state->profit > 0;
      } else {
        double notional = 0;
        for (uint32_t k = start[i]; k < start[i + 1]; k++) notional += fabs(exposure[k]) * (1 + R[market[k]]);
        worth = e - slippage * notional;
        sums[i].closed += 1;
        if (worth < 0) {
          const double asked = least(-worth, operator_cap);
          sums[i].bankrupt += 1;
          deficits -= worth;
          operator_asks += asked;
          fund_asks += least(-worth - asked, fund_cap);
        }
      }
      const double g = most(0, worth) - funds;
      sums[i].g += g;
      sums[i].gg += g * g;
      sums[i].ggg += g * g * g;
    }

    const double draw = least(fund_asks, fund);
    const double loss = deficits - operator_asks - draw;
    all_deficits += deficits;
    all_draws += draw;
    losing += deficits > 0;
    if (!(loss > deficits * 1e-12)) continue;
    socialized += 1;
    unpaid += most(0, loss - capacities);

    /* λ with Σ min(cap, λ w) = loss: from below, by Newton's steps. */
    double level = 1;
    if (loss < capacities) {
      level = loss / profits;
      for (int step = 0; step < 60; step++) {
        double amount = 0, slope = 0;
        for (size_t i = 0; i < accounts; i++) {
          const double share = level * states[i].profit;
          if (share < states[i].cap) {
            amount += share;
            slope += states[i].profit;
          } else
            amount += states[i].cap;
        }
        if (loss - amount <= loss * 1e-12 || slope == 0) break;
        level += (loss - amount) / slope;
      }
    }
    for (size_t i = 0; i < accounts; i++) {
      const double h = least(states[i].cap, level * states[i].profit);
      if (!(h > 0)) continue;
      const double g = most(0, equity[i] + states[i].change) - most(0, equity[i]);
      all_taken += h;
      sums[i].h += h;
      sums[i].gh += g * h;
      sums[i].hh += h * h;
      sums[i].ggh += g * g * h;
      sums[i].ghh += g * h * h;
      sums[i].hhh += h * h * h;
      sums[i].cut += 1;
    }
  }
  const double ms = now() - began;

  FILE *out = fopen(arguments[2], "wb");
  if (!out || fwrite(sums, sizeof(Sums), accounts, out) != accounts || fclose(out)) return 2;
  printf("{\"ms\":%.3f,\"deficits\":%.17g,\"draws\":%.17g,\"taken\":%.17g,\"unpaid\":%.17g,\"losing\":%.0f,\"socialized\":%.0f}\n", ms,
         all_deficits, all_draws, all_taken, unpaid, losing, socialized);
  return 0;
}

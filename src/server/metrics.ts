import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Gauges {
  readonly sockets: () => number;
  readonly subscribers: () => number;
}

/** Prometheus metrics of this process. */
export class Metrics {
  readonly registry = new Registry();
  readonly #requests: Histogram;

  constructor({ sockets, subscribers }: Gauges) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Histogram({
      name: 'shearwater_http_request_seconds',
      help: 'Time from request to the end of its response, by path and status.',
      labelNames: ['path', 'status'],
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
      registers,
    });
    new Gauge({
      name: 'shearwater_websockets',
      help: 'Open WebSockets.',
      registers,
      collect() {
        this.set(sockets());
      },
    });
    new Gauge({
      name: 'shearwater_subscribers',
      help: 'Subscriptions to notices that this process serves.',
      registers,
      collect() {
        this.set(subscribers());
      },
    });
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    return this.registry.metrics();
  }

  observeRequest(path: string, status: number, seconds: number): void {
    this.#requests.observe({ path, status }, seconds);
  }
}

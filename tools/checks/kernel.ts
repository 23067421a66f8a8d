import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';
import { type Check, CheckFailed, inRoot, ROOT } from './check.ts';

export const KERNEL = 'src/simulation/kernel/kernel.wasm';
/** What they export the kernel does; they import the others. */
const SOURCES = ['kernel.ts', 'memory.ts', 'terms.ts'].map(
  (name) => `src/simulation/kernel/assembly/${name}`,
);

/** Vectors, but no relaxed ones, whose digits depend on the machine. The warning is that places are unsigned and sizes are not. */
const OPTIONS = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--disableWarning', '201', '--noColors'];

/** The simulation kernel as the compiler makes it of its sources. */
export async function compileKernel(): Promise<Uint8Array> {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main([...SOURCES, ...OPTIONS, '--baseDir', ROOT, '--outFile', KERNEL], {
    // Nothing is written: what the compiler would write is what we ask for.
    writeFile: (_, contents) => {
      compiled = contents as Uint8Array;
    },
  });
  if (error || !compiled) throw new CheckFailed(`${stderr.toString()}${error?.message ?? ''}`);
  return compiled;
}

/** The committed kernel is what its sources say. */
export const kernelInSync: Check = {
  name: 'kernel in sync',
  run: async () => {
    const [compiled, committed] = await Promise.all([compileKernel(), readFile(inRoot(KERNEL))]);
    if (Buffer.compare(compiled, committed) !== 0) {
      throw new CheckFailed(
        `${KERNEL} is not what its sources compile to: run npm run kernel and commit it.`,
      );
    }
  },
};

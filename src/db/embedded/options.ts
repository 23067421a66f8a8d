import { statfs } from 'node:fs/promises';

const MIB = 1024 * 1024;

/**
 * PostgreSQL's settings, for a small machine that it shares with the server. They are passed as arguments, so a
 * database made by an older version of Shearwater runs with today's settings too.
 */
export async function serverOptions(port: number, durable: boolean): Promise<string[]> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '150',
    shared_buffers: '256MB',
    effective_cache_size: '1GB',
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    // A settlement writes in bursts: room for one between two checkpoints.
    max_wal_size: '4GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    wal_compression: 'on',
    // Money: a commit that was reported is on disk.
    fsync: durable ? 'on' : 'off',
    synchronous_commit: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    // Compiling costs more than it saves on queries as short as ours.
    jit: 'off',
    random_page_cost: '1.1',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_checkpoints: 'off',
    ...(await platformSettings()),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function platformSettings(): Promise<Record<string, string>> {
  // fsync on macOS leaves the data in the drive's cache.
  if (process.platform === 'darwin') return { wal_sync_method: 'fsync_writethrough' };
  // Containers have 64 MB of /dev/shm, which parallel queries outgrow and then fail.
  const shm = await statfs('/dev/shm').catch(() => undefined);
  const roomy = shm !== undefined && shm.blocks * shm.bsize >= 256 * MIB;
  return roomy ? {} : { dynamic_shared_memory_type: 'mmap' };
}

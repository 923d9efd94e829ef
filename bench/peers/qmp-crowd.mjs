#!/usr/bin/env node
/* So many QEMU monitors in one process, for the bench of the collector: they answer what a machine with two disks answers, at once. Arguments: the sockets. */
import console from 'node:console';
import net from 'node:net';
import process from 'node:process';

let reads = 0;
const disk = n => ({
  device: '', qdev: `/machine/peripheral/vbd${n}/virtio-backend`, 'node-name': `disk${n}`,
  stats: {
    unmap_operations: 0, unmap_merged: 0, flush_total_time_ns: 49653, wr_highest_offset: 9_504_256, wr_total_time_ns: 2_327_157 + reads, failed_wr_operations: 0, failed_rd_operations: 0, wr_merged: 0, wr_bytes: 6_291_456 + reads * 4096,
    timed_stats: [], failed_unmap_operations: 0, failed_flush_operations: 0, account_invalid: true, rd_total_time_ns: 41_465_667 + reads, invalid_unmap_operations: 0, flush_operations: 3, wr_operations: 31 + reads, unmap_bytes: 0,
    rd_merged: 0, rd_bytes: 17_080_320 + reads * 4096, unmap_total_time_ns: 0, invalid_flush_operations: 0, account_failed: true, idle_time_ns: 2_953_431_879, rd_operations: 1124 + reads, invalid_wr_operations: 0, invalid_rd_operations: 0,
  },
  parent: { 'node-name': `disk${n}-file`, stats: { unmap_operations: 0, wr_highest_offset: 9_504_256, wr_bytes: 0, rd_bytes: 0, wr_operations: 0, rd_operations: 0, flush_operations: 0 } },
});
const ANSWERS = {
  'query-status': () => ({ running: true, status: 'running', singlestep: false }),
  'query-blockstats': () => { reads++; return [disk(0), disk(1)]; },
  'query-balloon': () => ({ actual: 134_217_728 }),
  'qom-get': () => ({ 'last-update': 1, stats: { 'stat-total-memory': 121_421_824, 'stat-free-memory': 92_274_688, 'stat-available-memory': 96_468_992, 'stat-swap-in': 0, 'stat-swap-out': 0, 'stat-major-faults': 12, 'stat-minor-faults': 8000 } }),
  // This process stands for both vCPUs.
  'query-cpus-fast': () => [0, 1].map(index => ({ 'cpu-index': index, 'thread-id': process.pid, target: 'x86_64', 'qom-path': `/machine/unattached/device[${index}]` })),
};
const sockets = process.argv.slice(2);
await Promise.all(sockets.map(path => new Promise(listening => {
  net.createServer(socket => {
    socket.write('{"QMP": {"version": {}, "capabilities": []}}\r\n');
    let text = '';
    socket.on('error', () => {}).on('data', chunk => {
      text += chunk;
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const { execute, id } = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        socket.write(`${JSON.stringify({ return: ANSWERS[execute]?.() ?? {}, id })}\r\n`);
      }
    });
  }).listen(path, listening);
})));
console.log('ready');

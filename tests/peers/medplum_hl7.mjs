// An independent HL7 v2 peer: Medplum's MLLP server and client.
// node medplum_hl7.mjs NODE_MODULES server ENCODING MODE FILE: prints its port, keeps what it read in FILE (a JSON string
// a line), answers AA. node medplum_hl7.mjs NODE_MODULES client ENCODING PORT FILE: sends the message in FILE (UTF-8) and
// prints the answer as a JSON string. Ends with its standard input.
import { appendFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [, , modules, role, encoding, last, file] = process.argv;
const load = createRequire(`${modules}/`);
const { Hl7Client, Hl7Server } = load('@medplum/hl7');
const { Hl7Message } = load('@medplum/core');

if (role === 'server') {
  const server = new Hl7Server((connection) => {
    connection.addEventListener('message', ({ message }) => {
      appendFileSync(file, `${JSON.stringify(message.toString())}\n`);
      connection.send(message.buildAck());
    });
    connection.addEventListener('error', () => {});
  });
  server.start(0, encoding, last === 'enhanced');
  server.server.on('listening', () => console.log(server.server.address().port));
} else {
  const client = new Hl7Client({ host: '127.0.0.1', port: Number(last), encoding });
  const answer = await client.sendAndWait(Hl7Message.parse(readFileSync(file, 'utf-8')));
  console.log(JSON.stringify(answer.toString()));
  await client.close();
}
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));

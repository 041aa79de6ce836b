// Checks Kubernetes objects twice against the npm packages kubernetes-models,
// @kubernetes-models/keda, @kubernetes-models/prometheus-operator and @kubernetes-models/cert-manager: their validators know formats, enumerations and what is required; TypeScript knows, from
// their declarations, every field that there is, and so finds those that there are not. Each line of its input is a JSON list of objects,
// each line of its output a JSON list of problems: TypeScript takes seconds to read the declarations, and does so once. Started in a folder
// whose node_modules has these packages and typescript.
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const ts = require('typescript');
const folder = path.join(process.cwd(), 'node_modules');

// apps/v1 is apps/v1 there; v1 is v1. What operators define has packages of its own.
const packages = {
    'keda.sh': '@kubernetes-models/keda', 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator', 'cert-manager.io': '@kubernetes-models/cert-manager',
};
const packageOf = object => packages[object.apiVersion.split('/')[0]] ?? 'kubernetes-models';
const moduleOf = object => `${packageOf(object)}/${object.apiVersion}`;
const nameOf = object => `${object.kind} ${object.metadata?.name}`;

// The file of a list is in memory only; whatever else TypeScript reads it keeps.
const file = path.join(process.cwd(), 'objects.ts');
const options = {
    noEmit: true, strict: true, skipLibCheck: true, types: [], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
const host = ts.createCompilerHost(options);
const { getSourceFile, fileExists } = host;
const read = new Map(), exists = new Map();
let text = '', program;
const once = (known, name, find) => {
    if (!known.has(name)) known.set(name, find());
    return known.get(name);
};
host.getSourceFile = (name, ...how) => name === file ? ts.createSourceFile(name, text, how[0]) : once(read, name, () => getSourceFile(name, ...how));
host.fileExists = name => name === file || once(exists, name, () => fileExists(name));

async function problemsOf(objects) {
    const problems = [];
    const lines = [];
    for (const [index, object] of objects.entries()) {
        let models;
        try {
            models = await import(pathToFileURL(path.join(folder, moduleOf(object), 'index.js')));
        } catch {
            problems.push(`${nameOf(object)}: there is no ${object.apiVersion}`);
            continue;
        }
        if (!(object.kind in models)) {
            problems.push(`${nameOf(object)}: ${object.apiVersion} has no ${object.kind}`);
            continue;
        }
        try {
            new models[object.kind](object).validate();
        } catch (error) {
            problems.push(`${nameOf(object)}: ${error.message}`);
        }
        lines.push(`import type { I${object.kind} as T${index} } from '${moduleOf(object)}';`);
        lines.push(`export const o${index}: T${index} = ${JSON.stringify(object)};`);
    }
    text = lines.join('\n');
    program = ts.createProgram([file], options, host, program);
    for (const found of ts.getPreEmitDiagnostics(program)) {
        const line = found.file === undefined ? undefined : ts.getLineAndCharacterOfPosition(found.file, found.start).line;
        const index = line === undefined ? undefined : lines[line].match(/o(\d+): T/)?.[1];
        const object = index === undefined ? 'TypeScript' : nameOf(objects[index]);
        problems.push(`${object}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`);
    }
    return problems;
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(await problemsOf(JSON.parse(line))));

// Checks Kubernetes objects (a JSON list, in the file that is named) twice against the npm packages kubernetes-models,
// @kubernetes-models/keda, @kubernetes-models/prometheus-operator and @kubernetes-models/cert-manager: their validators know formats, enumerations and what is required; TypeScript knows, from
// their declarations, every field that there is, and so finds those that there are not. Prints a line a problem. Started in a folder
// whose node_modules has these packages and typescript.
import { createRequire } from 'node:module';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(path.join(process.cwd(), 'package.json'));
const ts = require('typescript');
const folder = path.join(process.cwd(), 'node_modules');
const objects = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const problems = [];

// apps/v1 is apps/v1 there; v1 is v1. What operators define has packages of its own.
const packages = {
    'keda.sh': '@kubernetes-models/keda', 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator', 'cert-manager.io': '@kubernetes-models/cert-manager',
};
const packageOf = object => packages[object.apiVersion.split('/')[0]] ?? 'kubernetes-models';
const moduleOf = object => `${packageOf(object)}/${object.apiVersion}`;
const nameOf = object => `${object.kind} ${object.metadata?.name}`;

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

const file = path.join(process.cwd(), `objects-${process.pid}.ts`);
writeFileSync(file, lines.join('\n'));
const program = ts.createProgram([file], {
    noEmit: true, strict: true, skipLibCheck: true, types: [], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
});
for (const found of ts.getPreEmitDiagnostics(program)) {
    const line = found.file === undefined ? undefined : ts.getLineAndCharacterOfPosition(found.file, found.start).line;
    const index = line === undefined ? undefined : lines[line].match(/o(\d+): T/)?.[1];
    const object = index === undefined ? 'TypeScript' : nameOf(objects[index]);
    problems.push(`${object}: ${ts.flattenDiagnosticMessageText(found.messageText, ' ')}`);
}
rmSync(file);
for (const problem of problems) console.log(problem);

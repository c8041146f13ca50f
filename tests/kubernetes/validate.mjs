// Holds manifests to the schemas of the Kubernetes API, as the package kubernetes-models compiles them from the API's OpenAPI
// document. An unknown field is an error, as under `kubectl --validate=strict`: what a schema does not name it does not read,
// so each object is given to it as one that keeps in mind which of its fields were read.
// Usage: node validate.mjs NODE_MODULES <MANIFESTS (a JSON array); prints "KIND/NAME: PATH: WHAT" of each misfit, and exits 1.
import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

async function schemaOf({ apiVersion, kind }) {
  const [version, group] = apiVersion.split("/").reverse();
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const name = `IoK8sApi${capital((group ?? "core").split(".")[0])}${capital(version)}${kind}`;
  const file = `${process.argv[2]}/kubernetes-models/_schemas/${name}.js`;
  return existsSync(file) ? (await import(pathToFileURL(file))).validate : undefined;
}

// The value as schemas read it; each function in `watching` lists the paths of fields of one object that none did.
function watched(value, path, watching) {
  if (value === null || typeof value !== "object") return value;
  const fields = Object.fromEntries(Object.keys(value).map((key) => [key, watched(value[key], `${path}/${key}`, watching)]));
  const inner = Array.isArray(value) ? Object.values(fields) : fields;
  const read = new Set(Array.isArray(value) ? Object.keys(value) : []);
  watching.push(() => Object.keys(value).filter((key) => !read.has(key)).map((key) => `${path}/${key}`));
  return new Proxy(inner, {
    get(object, key) {
      read.add(key);
      return object[key];
    },
  });
}

function misfits(validate, manifest) {
  if (!validate) return [`/kind: no such kind in ${manifest.apiVersion}`];
  const watching = [];
  if (!validate(watched(manifest, "", watching)))
    return validate.errors.map((error) => `${error.instancePath}: ${error.keyword} ${JSON.stringify(error.params)}`);
  const unread = watching.flatMap((fields) => fields());
  return unread.filter((path) => !unread.some((other) => path.startsWith(`${other}/`))).map((path) => `${path}: unknown field`);
}

let failed = false;
for (const manifest of JSON.parse(readFileSync(0, "utf8"))) {
  for (const misfit of misfits(await schemaOf(manifest), manifest)) {
    console.log(`${manifest.kind}/${manifest.metadata?.name}: ${misfit}`);
    failed = true;
  }
}
process.exitCode = failed ? 1 : 0;

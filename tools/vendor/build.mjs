// Writes static/vendor/ from what package-lock.json pins: see static/vendor/README.md.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const vendor = join(here, "..", "..", "static", "vendor");

function packageOf(name) {
    const { version, license } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    return { version, licence: license };
}

function packagesIn(inputs) {
    const names = Object.keys(inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]);
    return [...new Set(names.filter(Boolean))].sort();
}

function emptied(name) {
    const directory = join(vendor, name);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    return directory;
}

function licencesOf(names) {
    const texts = names.map((name) => `${name}\n\n${readFileSync(join(modules, name, "LICENSE"), "utf8").trim()}\n`);
    return texts.join(`\n${"-".repeat(80)}\n\n`);
}

async function codemirror() {
    const directory = emptied("codemirror");
    const { metafile } = await build({
        entryPoints: [join(here, "codemirror.js")],
        outfile: join(directory, "codemirror.js"),
        absWorkingDir: here,
        bundle: true,
        minify: true,
        format: "esm",
        target: "es2022",
        metafile: true,
    });
    const names = packagesIn(metafile.inputs);
    writeFileSync(join(directory, "LICENSE"), licencesOf(names));
    return names;
}

function jsonEditor() {
    const directory = emptied("json-editor");
    const name = "@json-editor/json-editor";
    for (const file of ["jsoneditor.js", "jsoneditor.js.LICENSE.txt"]) {
        copyFileSync(join(modules, name, "dist", file), join(directory, file));
    }
    // Its authors bundled core-js with it, of a version that they do not tell.
    writeFileSync(join(directory, "LICENSE"), licencesOf([name, "core-js"]));
    return [name];
}

function record(name, packages) {
    const directory = join(vendor, name);
    const files = readdirSync(directory).sort();
    const hash = (file) => createHash("sha256").update(readFileSync(join(directory, file))).digest("hex");
    return {
        packages: Object.fromEntries(packages.map((each) => [each, packageOf(each)])),
        files: Object.fromEntries(files.map((file) => [relative(vendor, join(directory, file)), { sha256: hash(file) }])),
    };
}

const built = { codemirror: record("codemirror", await codemirror()), "json-editor": record("json-editor", jsonEditor()) };
writeFileSync(join(vendor, "VENDOR.json"), `${JSON.stringify(built, null, 4)}\n`);

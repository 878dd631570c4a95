// Runs the audits of graphql-http against the address in AUDIT_URL, as the holder of AUDIT_TOKEN, and prints
// [{"id", "name", "status", "reason"?}].
const { auditServer } = require("graphql-http");

const fetchFn = (url, options = {}) =>
  fetch(url, { ...options, headers: { ...options.headers, authorization: `Bearer ${process.env.AUDIT_TOKEN}` } });

auditServer({ url: process.env.AUDIT_URL, fetchFn }).then((results) =>
  console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason })))),
);

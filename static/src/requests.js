// Asking the server from a page.

// The answer's JSON; an Error whose message is for people when there is none.
export async function post(url, fields, signal) {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) {
        body.append(name, value);
    }
    body.append("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    const response = await fetch(url, { method: "POST", body, signal, headers: { Accept: "application/json" } });
    if (!response.ok || !response.headers.get("Content-Type")?.startsWith("application/json")) {
        throw new Error(`The server sent an unexpected response (${response.status}).`);
    }
    return response.json();
}

// Calls `ask(signal)` when nothing was wanted for a moment, and hands on the answer to the last call alone.
export function latest(ask, answered, failed, wait = 300) {
    let timer = null;
    let running = new AbortController();
    const run = async () => {
        timer = null;
        running.abort();
        const mine = (running = new AbortController());
        try {
            const answer = await ask(mine.signal);
            if (!mine.signal.aborted) {
                await answered(answer);
            }
        } catch (error) {
            if (!mine.signal.aborted) {
                failed(error);
            }
        }
    };
    return {
        soon() {
            clearTimeout(timer);
            timer = setTimeout(run, wait);
        },
        now() {
            clearTimeout(timer);
            return run();
        },
    };
}

/** Yields the server-sent events of an answer as they come (https://html.spec.whatwg.org/#server-sent-events). */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const frames = (rest + value).split("\n\n");
    rest = frames.pop();
    for (const frame of frames) {
      const lines = frame.split("\n").filter((line) => line.startsWith("data:"));
      const data = lines
        .map((line) => line.slice(5))
        .join("\n")
        .trim();
      if (data && data !== "[DONE]") yield JSON.parse(data);
    }
  }
}

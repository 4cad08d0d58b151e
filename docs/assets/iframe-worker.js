// Search from a folder: browsers start no worker for a file, so its script runs in a hidden frame instead.
(() => {
  if (location.protocol !== "file:") return;

  class IFrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      document.body.append(this.frame);
      const inner = this.frame.contentWindow;
      inner.document.open();
      inner.document.write("<!doctype html><title>search</title><body></body>");
      inner.document.close();
      inner.postMessage = (data) => this.receive(data);
      inner.importScripts = (...urls) => Promise.all(urls.map((address) => this.load(address)));
      this.ready = this.load(url);
    }

    load(address) {
      return new Promise((done, failed) => {
        const script = this.frame.contentWindow.document.createElement("script");
        script.src = address;
        script.onload = done;
        script.onerror = failed;
        this.frame.contentWindow.document.body.append(script);
      });
    }

    receive(data) {
      const message = new MessageEvent("message", { data });
      this.dispatchEvent(message);
      if (this.onmessage) this.onmessage(message);
    }

    postMessage(data) {
      const inner = this.frame.contentWindow;
      this.ready.then(() => inner.dispatchEvent(new inner.MessageEvent("message", { data })));
    }

    terminate() {
      this.frame.remove();
    }
  }

  window.IFrameWorker = window.Worker = IFrameWorker;
})();

// Loads the page anew when the files have changed, and says when the preview has ended.
const version = document.currentScript.dataset.version;
const mark = document.getElementById("live");
const told = new EventSource(new URL("live", document.currentScript.src) + "?version=" + encodeURIComponent(version));
mark.hidden = false;
told.onopen = () => { mark.textContent = "follows edits"; mark.classList.remove("ended"); };
told.onerror = () => { mark.textContent = "preview has ended"; mark.classList.add("ended"); };
told.onmessage = () => location.replace(location.pathname);

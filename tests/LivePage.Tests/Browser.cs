using Microsoft.Playwright;

namespace MiniBatch.LivePage.Tests;

/// <summary>Debian's chromium, one for all tests that look at a page. Where there is none they are skipped; <c>.ci/run</c> installs it.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Chromium)) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a page.</summary>
    public async Task<OpenPage> OpenAsync(string link, int width = 1280, int height = 900)
    {
        Require();
        return await OpenPage.GoToAsync(await _browser!.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height } }), link);
    }

    /// <summary>Skips the test where there is no browser; before it starts anything.</summary>
    public void Require() => Skip.If(_browser is null, "there is no chromium; apt-get install chromium");
}

/// <summary>A page in the browser, and what its console said.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private static readonly float Limit = (float)WatchedTraining.Limit.TotalMilliseconds;

    private readonly IPage _page;
    private readonly List<string> _errors = [];

    private OpenPage(IPage page)
    {
        _page = page;
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _errors.Add(message.Text);
        };
        page.PageError += (_, error) => _errors.Add(error);
    }

    public IKeyboard Keyboard => _page.Keyboard;

    public IMouse Mouse => _page.Mouse;

    public static async Task<OpenPage> GoToAsync(IPage page, string link)
    {
        var open = new OpenPage(page);
        await page.GotoAsync(link);
        return open;
    }

    public ILocator Find(string what) => _page.Locator(what);

    public Task Says(string what, string text) => Assertions.Expect(Find(what)).ToContainTextAsync(text, new() { Timeout = Limit });

    public Task Is(string what, string text) => Assertions.Expect(Find(what)).ToHaveTextAsync(text, new() { Timeout = Limit });

    public Task IsNot(string what, string text) => Assertions.Expect(Find(what)).Not.ToHaveTextAsync(text, new() { Timeout = Limit });

    public Task Hides(string what) => Assertions.Expect(Find(what)).ToBeHiddenAsync(new() { Timeout = Limit });

    /// <summary>What is not on the screen is not drawn.</summary>
    public Task ScrollTo(string what) => Find(what).ScrollIntoViewIfNeededAsync();

    public Task<bool> IsHidden(string what) => Find(what).IsHiddenAsync();

    public Task<string?> Text(string what) => Find(what).TextContentAsync();

    public Task<T> Evaluate<T>(string script) => _page.EvaluateAsync<T>(script);

    /// <summary>Presses a button, of a worker's where one is named.</summary>
    public Task Press(string button, string? ofWorker = null)
    {
        var where = ofWorker is null ? _page.Locator("body") : _page.GetByRole(AriaRole.Group, new() { Name = ofWorker });
        return where.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync(new() { Timeout = Limit });
    }

    /// <summary>Draws a line over a canvas through these places.</summary>
    public async Task Draw(string canvas, params (float X, float Y)[] places)
    {
        await Find(canvas).ScrollIntoViewIfNeededAsync();
        var box = (await Find(canvas).BoundingBoxAsync())!;
        await Mouse.MoveAsync(box.X + places[0].X, box.Y + places[0].Y);
        await Mouse.DownAsync();
        foreach (var (x, y) in places[1..]) await Mouse.MoveAsync(box.X + x, box.Y + y, new() { Steps = 5 });
        await Mouse.UpAsync();
    }

    /// <summary>But for the page's own server, which has ended: the browser says so.</summary>
    public void HasNoErrors() => Assert.DoesNotContain(
        _errors, error => !error.Contains("ERR_CONNECTION_REFUSED", StringComparison.Ordinal) && !error.Contains("ERR_INCOMPLETE_CHUNKED_ENCODING", StringComparison.Ordinal));

    public async ValueTask DisposeAsync() => await _page.CloseAsync();
}

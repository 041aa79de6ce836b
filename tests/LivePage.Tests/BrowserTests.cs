using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace MiniBatch.LivePage.Tests;

/// <summary>The page in a real browser: Debian's chromium. Where there is none these are skipped; <c>.ci/run</c> installs it.</summary>
[Collection(nameof(BrowserTests))]
[CollectionDefinition(nameof(BrowserTests), DisableParallelization = true)]
public sealed class BrowserTests : IAsyncLifetime
{
    private static readonly string[] Chromiums = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly List<string> _errors = [];
    private const string NoChromium = "there is no chromium; apt-get install chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (Chromiums.FirstOrDefault(File.Exists) is not { } chromium) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.CloseAsync();
        _playwright?.Dispose();
    }

    [SkippableTheory]
    [InlineData(1280, 900)]
    [InlineData(390, 844)]
    public async Task Steps_arrive_are_paused_and_taken_one_by_one(int width, int height)
    {
        Skip.If(_browser is null, NoChromium);
        using var training = WatchedTraining.Train("mnist-softmax", 2, "--epochs", "1000", "--limit-test", "1000");
        var page = await OpenAsync(await training.LinkAsync(), width, height);
        await Says(page, "#status", "training");
        var first = await StepAsync(page);
        await Expect(page.Locator("#scrub-out")).Not.ToHaveTextAsync(first, Long);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window");

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Says(page, "#status", "paused");
        // What the exchange says of itself, and the ledger by then.
        var before = int.Parse((await page.Locator("#status").GetAttributeAsync("data-version"))!, CultureInfo.InvariantCulture);
        await training.Until("the ledger's last line", () => training.Steps == before);
        await page.GetByRole(AriaRole.Button, new() { Name = "One step" }).ClickAsync();
        await training.Until("one step more", () => training.Steps == before + 1);
        await Says(page, "#version", $"{before + 1:#,0}");
        Assert.True(StaysAt(training, before + 1));

        // By keyboard.
        await page.Locator("#now").FocusAsync();
        await page.Keyboard.PressAsync("s");
        await training.Until("one step more", () => training.Steps == before + 2);
        await page.Keyboard.PressAsync("f");
        await training.Until("steps at full speed", () => training.Steps > before + 20);
        // A run that is paused stops as any other; and its page does not stay, for whoever stops it has seen enough.
        await page.Keyboard.PressAsync("p");
        await Says(page, "#status", "paused");
        Assert.Equal(130, training.Interrupt());
        Assert.Contains("outcome        stopped", training.Said, StringComparison.Ordinal);
        NoErrors();
    }

    [SkippableFact]
    public async Task A_killed_worker_is_told_of_and_the_model_is_the_one_of_a_run_that_nobody_disturbed()
    {
        string[] flags = ["--epochs", "2", "--limit-train", "4000", "--limit-test", "1000"];
        Skip.If(_browser is null, NoChromium);
        using var training = WatchedTraining.Train("mnist-softmax", 2, flags);
        var page = await OpenAsync(await training.LinkAsync());
        // Slow enough to press a button before the end.
        await page.GetByRole(AriaRole.Button, new() { Name = "5 a second" }).ClickAsync();
        await Says(page, "#status", "5 steps a second");
        await page.GetByRole(AriaRole.Group, new() { Name = "worker-2" }).GetByRole(AriaRole.Button, new() { Name = "Kill" }).ClickAsync();
        await Says(page, "#story", "worker-2 was killed by SIGKILL, as somebody asked; starting it again");
        await Says(page, "#recovery", "the next step was applied");
        await page.GetByRole(AriaRole.Button, new() { Name = "Full speed" }).ClickAsync();

        await Says(page, "#status", "over: completed");
        await Says(page, "#end-body", "completed: all 2 epochs are trained");
        await page.GetByRole(AriaRole.Button, new() { Name = "Train it again" }).ClickAsync();
        await Says(page, "#end-body", "bit for bit, as of a run that nobody disturbed");
        // It stays until Ctrl+C, and ends with the run's exit code.
        Assert.Equal(0, training.Interrupt());
        NoErrors();
    }

    [SkippableFact]
    public async Task A_drawn_one_is_a_one()
    {
        Skip.If(_browser is null, NoChromium);
        using var training = WatchedTraining.Train("mnist-softmax", 2, "--epochs", "1000", "--limit-test", "1000");
        var page = await OpenAsync(await training.LinkAsync());
        await training.Until("a model that has learnt something", () => training.Steps > 600);
        var pad = page.Locator("#pad");
        await pad.ScrollIntoViewIfNeededAsync();
        var box = (await pad.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + 150, box.Y + 40);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + 145, box.Y + 140, new() { Steps = 5 });
        await page.Mouse.MoveAsync(box.X + 140, box.Y + 240, new() { Steps = 5 });
        await page.Mouse.UpAsync();

        await Expect(page.Locator("#answer")).ToHaveTextAsync(new Regex("^1, with .* computed by worker-"), new() { Timeout = Long.Timeout });
        // The bars move on while it trains: the version that is said is another after a while.
        var said = await page.Locator("#answer").TextContentAsync();
        await Expect(page.Locator("#answer")).Not.ToHaveTextAsync(said!, Long);
        Assert.Equal(10, await page.Locator("#weights-body canvas").CountAsync());
        Assert.Equal(130, training.Interrupt());
        NoErrors();
    }

    [SkippableFact]
    public async Task Any_step_of_a_run_that_is_over_can_be_looked_at_and_nothing_be_done_to_it()
    {
        Skip.If(_browser is null, NoChromium);
        using var training = WatchedTraining.Train("spiral", 2, "--epochs", "20", "--watch-linger", "0s");
        Assert.Equal(0, training.WaitForExit());
        using var watch = WatchedTraining.Watch(training.Run);
        var page = await OpenAsync(await watch.LinkAsync());
        await Says(page, "#status", "over: completed");
        Assert.True(await page.Locator("#break").IsHiddenAsync());
        Assert.True(await page.Locator("#pace").IsHiddenAsync());

        await page.Locator("#scrub").FocusAsync();
        await page.Keyboard.PressAsync("Home");
        await Says(page, "#now-title", "Step 1");
        await page.Keyboard.PressAsync("ArrowRight");
        await Expect(page.Locator("#now-title")).ToHaveTextAsync("Step 2", new() { Timeout = Long.Timeout });
        await Says(page, "#sockets", "w");
        Assert.Equal(0, watch.Interrupt());
        NoErrors();
    }

    private static readonly LocatorAssertionsToHaveTextOptions Long = new() { Timeout = (float)WatchedTraining.Limit.TotalMilliseconds };

    private static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    private static Task Says(IPage page, string what, string text) =>
        Expect(page.Locator(what)).ToContainTextAsync(text, new() { Timeout = (float)WatchedTraining.Limit.TotalMilliseconds });

    private static async Task<string> StepAsync(IPage page)
    {
        await Expect(page.Locator("#scrub-out")).Not.ToHaveTextAsync("–", new() { Timeout = Long.Timeout });
        return (await page.Locator("#scrub-out").TextContentAsync())!;
    }

    /// <summary>What is written is written within 20 ms.</summary>
    private static bool StaysAt(WatchedTraining training, int steps)
    {
        Thread.Sleep(500);
        return training.Steps == steps;
    }

    private async Task<IPage> OpenAsync(string link, int width = 1280, int height = 900)
    {
        var page = await _browser!.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = height } });
        page.Console += (_, message) =>
        {
            if (message.Type == "error") _errors.Add(message.Text);
        };
        page.PageError += (_, error) => _errors.Add(error);
        await page.GotoAsync(link);
        return page;
    }

    /// <summary>But for the page's own server, which has ended: the browser says so.</summary>
    private void NoErrors() => Assert.DoesNotContain(
        _errors, error => !error.Contains("ERR_CONNECTION_REFUSED", StringComparison.Ordinal) && !error.Contains("ERR_INCOMPLETE_CHUNKED_ENCODING", StringComparison.Ordinal));
}

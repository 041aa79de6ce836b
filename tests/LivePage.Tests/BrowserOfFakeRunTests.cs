using MiniBatch.LivePage.Live;

namespace MiniBatch.LivePage.Tests;

/// <summary>The page of a run that does what a test says: what a real one does only now and then.</summary>
[Collection(nameof(Browser))]
public sealed class BrowserOfFakeRunTests(Browser browser)
{
    private const string Killed = "worker-1 was killed by SIGKILL";

    [SkippableFact]
    public async Task What_is_done_in_a_pause_shows_its_effect_when_the_run_goes_on()
    {
        browser.Require();
        using var served = new ServedPage();
        served.Live.Show(View(1, pace: 0, isHeld: true));
        Write(served, 1);
        await using var page = await browser.OpenAsync(served.Link);
        await page.Says("#status", "paused");
        await Record(page);

        Log(served, "worker-died", Killed);
        await page.Says("#story", Killed);
        served.Live.Show(null);   // the coordinator was killed as well
        await Pass(page, seconds: 2);
        served.Live.Show(View(1, pace: 0, isHeld: true));
        await Pass(page, seconds: 5);   // an effect is looked for for four
        Assert.Empty(await page.Evaluate<string[]>("said"));

        served.Live.Show(View(1));
        File.AppendAllText(served.Run.Ledger, Line(2));
        await page.Is("#now-title", "Step 2");
        served.Live.Show(View(2, pace: 0, isHeld: true));
        await page.Says("#recovery", $"{Killed}: the next step was applied ");
        page.HasNoErrors();
    }

    [SkippableFact]
    public async Task After_the_end_no_step_is_said_to_have_been_applied()
    {
        browser.Require();
        using var served = new ServedPage();
        served.Live.Show(View(1));
        Write(served, 1);
        await using var page = await browser.OpenAsync(served.Link);
        await page.Says("#status", "training");

        Log(served, "coordinator-died", "the coordinator was killed by SIGKILL, which is once too often");
        await page.Says("#story", "once too often");
        served.Live.Show(null);
        served.Control.State = served.Control.State with { Cluster = served.Control.State.Cluster with { CoordinatorRuns = false, IsOver = true } };
        await page.Is("#recovery", "the coordinator was killed by SIGKILL: no step was applied after it");
        page.HasNoErrors();
    }

    [SkippableFact]
    public async Task A_page_that_does_not_listen_says_nothing_of_steps()
    {
        browser.Require();
        using var served = new ServedPage();
        served.Live.Show(View(1));
        await using var page = await browser.OpenAsync(served.Link);
        await page.Says("#status", "training");
        Log(served, "worker-lost", Killed);
        await page.Says("#recovery", $"{Killed}: no step for ");

        await page.Evaluate<bool>("""
            (() => {
              Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
              return document.dispatchEvent(new Event('visibilitychange'));
            })()
            """);
        await page.Is("#recovery", "");
        page.HasNoErrors();
    }

    [SkippableFact]
    public async Task Steps_that_were_cut_off_are_shown_no_more()
    {
        browser.Require();
        using var served = new ServedPage();
        served.Live.Show(View(3, pace: 0, isHeld: true));
        Write(served, 1, 2, 3);
        await using var page = await browser.OpenAsync(served.Link);
        await page.Is("#now-title", "Step 3");
        await page.Is("#version", "3");

        served.Live.Show(null);   // a coordinator goes on from a checkpoint
        Write(served, 1, 2);
        await page.Is("#now-title", "Step 2");
        await page.Is("#version", "2");
        await page.Is("#scrub-out", "2");

        Write(served);
        await page.Is("#now-title", "Now");
        await page.Is("#update", "");
        await page.Is("#scrub-out", "–");
        page.HasNoErrors();
    }

    [SkippableFact]
    public async Task The_end_of_a_run_goes_when_somebody_goes_on_with_it_and_comes_anew()
    {
        browser.Require();
        using var served = new ServedPage(hasButtons: false);
        WriteSummary(served, 'a');
        await using var page = await browser.OpenAsync(served.Link);
        await page.Says("#status", "over: stopped");
        await page.Says("#end-body", new string('a', 64));

        File.Delete(served.Run.Summary);
        await page.Hides("#end");
        await page.Is("#status", "no coordinator tells more than the files");

        WriteSummary(served, 'b');
        await page.Says("#status", "over: stopped");
        await page.Says("#end-body", new string('b', 64));
        page.HasNoErrors();
    }

    /// <summary>While a drawing's answer is on its way the older one is not asked for again: that would be the newer question.</summary>
    [SkippableFact]
    public async Task What_is_drawn_last_is_what_is_asked()
    {
        browser.Require();
        using var served = new ServedPage();
        served.Live.Show(View(1));
        await using var page = await browser.OpenAsync(served.Link);
        await page.Draw("#pad", (150, 40), (145, 140), (140, 240));
        await page.Says("#answer", "version 7");
        await Until(() => served.Live.Forwards >= 2);   // once more for version 1, and then not before the next
        const string Seen = "document.getElementById('seen').toDataURL()";
        var first = await page.Evaluate<string>(Seen);
        var asked = served.Live.Forwards;

        served.Live.Takes = TimeSpan.FromSeconds(3);
        await page.Draw("#pad", (40, 140), (240, 140));
        await Until(() => served.Live.Forwards > asked);
        served.Live.Show(View(2));

        await UntilAsync(async () => await page.Evaluate<string>(Seen) != first);
        page.HasNoErrors();
    }

    [SkippableFact]
    public async Task Weights_are_told_apart_by_brightness()
    {
        browser.Require();
        using var served = new ServedPage();
        (served.Live.Weights[0], served.Live.Weights[1]) = (-1, 1);
        served.Live.Show(View(1));
        await using var page = await browser.OpenAsync(served.Link);
        await page.ScrollTo("#weights");
        await page.Says("#weights-note", "linear.weight");
        var pixels = await page.Evaluate<int[]>("[...document.querySelector('#weights-body canvas').getContext('2d').getImageData(0, 0, 3, 1).data]");
        Assert.Equal([8, 48, 107, 255, 255, 214, 153, 255, 150, 150, 150, 255], pixels);
        page.HasNoErrors();
    }

    private static ExchangeView View(long version, double? pace = null, bool isHeld = false) =>
        new(version, $"step {version + 1}", pace, isHeld, 0, [], [], null);

    /// <summary>The ledger has these steps.</summary>
    private static void Write(ServedPage served, params int[] steps) => File.WriteAllText(served.Run.Ledger, string.Concat(steps.Select(Line)));

    private static string Line(int step) =>
        $$"""{"step":{{step}},"epoch":1,"generation":1,"loss":2.5,"correct":3,"learningRate":0.01,"gradientNorm":1.5,"versionCrc":"00000000","stateSha256":null,"milliseconds":2.5,"slots":[{"worker":"worker-1","samples":20,"crc":"00000000","computeMicroseconds":900}],"chain":"00"}""" + "\n";

    private static void Log(ServedPage served, string name, string text) => File.AppendAllText(
        Path.Combine(served.Run.Logs, "launcher.jsonl"),
        $$"""{"@t":"2026-11-21T16:36:55.0000000Z","@m":"{{text}}","@l":"Warning","event":"{{name}}","node":"launcher"}""" + "\n");

    /// <summary>Whole or not at all, as a coordinator writes it.</summary>
    private static void WriteSummary(ServedPage served, char hash)
    {
        var file = $"{served.Run.Summary}.new";
        File.WriteAllText(
            file,
            $$$"""{"outcome":"stopped","reason":"somebody asked","deterministic":true,"steps":3,"testAccuracy":null,"parameterCount":7850,"parametersSha256":"{{{new string(hash, 64)}}}","faults":{"seen":0,"slotsReassigned":0,"stepsRedone":0}}""");
        File.Move(file, served.Run.Summary);
    }

    /// <summary>Has the page keep all that it says beside the story's title, in <c>said</c>.</summary>
    private static Task Record(OpenPage page) => page.Evaluate<bool>("""
        (() => {
          window.said = [];
          const place = document.getElementById('recovery');
          new MutationObserver(() => window.said.push(place.textContent)).observe(place, { childList: true, characterData: true, subtree: true });
          return true;
        })()
        """);

    /// <summary>Lets time pass in which nothing is to happen.</summary>
    private static Task Pass(OpenPage page, int seconds) => page.Evaluate<bool>($"new Promise((done) => setTimeout(() => done(true), {seconds * 1000}))");

    private static Task Until(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(WatchedTraining.Limit);
        while (!await holds()) await Task.Delay(50, limit.Token);
    }
}

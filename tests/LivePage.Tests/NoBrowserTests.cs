namespace MiniBatch.LivePage.Tests;

/// <summary>In the place of the tests that drive a browser, where this was built without one: a line says that they are missing.</summary>
public sealed class NoBrowserTests
{
    [SkippableFact]
    public void The_page_in_a_browser() => Skip.If(true, "there was no /usr/bin/chromium when this was built; apt-get install chromium, and build again");
}

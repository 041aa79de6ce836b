using System.CommandLine;
using MiniBatch.Lessons;
using MiniBatch.Shared.CommandLine;
using MiniBatch.Shared.Hosting;

return ProcessEnd.WithoutDestructors(CommandHost.Run(new RootCommand("MiniBatch's course.") { LessonCommand.Create(LessonCatalog.All) }, args));

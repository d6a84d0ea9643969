package call

// korean are the command's texts in Korean, by the English ones.
var korean = map[string]string{}

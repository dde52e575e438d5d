import theme from 'vitepress/theme-without-fonts'
import './theme.css'

/** The fonts of the system: nothing to load. */
export default theme
